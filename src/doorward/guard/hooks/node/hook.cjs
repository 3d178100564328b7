"use strict";
// The Node hook: one line for each connection, lookup and child process, in the format of the Python hook. It is loaded
// by NODE_OPTIONS=--require. It must never disturb the program: every fault is swallowed, the kernel sees the call anyway.
const fs = require("fs");
const log = process.env.DOORWARD_GUARD_LOG;
if (log && !process[Symbol.for("doorward.guarded")]) {
  process[Symbol.for("doorward.guarded")] = true;
  const { openSync, writeSync, closeSync } = fs;
  const NativeError = Error;
  const escape = (value) =>
    String(value === undefined || value === null ? "" : value)
      .replace(/\\/g, "\\\\").replace(/\t/g, "\\t").replace(/\n/g, "\\n").replace(/\r/g, "\\r").replace(/ /g, "\\s")
      .slice(0, 1024);
  const stack = () => {
    const before = NativeError.stackTraceLimit;
    NativeError.stackTraceLimit = 48;
    const text = new NativeError().stack || "";
    NativeError.stackTraceLimit = before;
    const items = [];
    for (const line of text.split("\n")) {
      const found = /\(?((?:file:\/\/)?[^()\s][^()]*):(\d+):\d+\)?$/.exec(line.replace(/^\s*at (?:async )?/, ""));
      if (found && found[1] !== __filename && !/^(?:.*\()?node:/.test(found[1]))
        items.push(escape(found[1].replace(/^.*\(/, "").replace(/^file:\/\//, "")) + ":" + found[2]);
    }
    return items.join(" ");
  };
  const tell = (kind, target, port, text) => {
    try {
      const file = openSync(log, "a");
      const fields = ["node." + kind, process.pid, process.pid, -1, escape(target), escape(port || 0), "", text];
      try { writeSync(file, fields.join("\t") + "\n"); } finally { closeSync(file); }
    } catch { /* see above */ }
  };
  const wrap = (object, name, describe) => {
    const original = object[name];
    if (typeof original !== "function") return;
    const wrapped = function (...args) {
      try { tell(name, ...describe(args), stack()); } catch { /* see above */ }
      return original.apply(this, args);
    };
    Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(original));
    try { object[name] = wrapped; } catch { /* a frozen object stays as it is */ }
  };
  const target = (args) => {
    let first = args[0];
    if (Array.isArray(first)) first = first[0];
    if (first && typeof first === "object") return [first.path || first.host || "localhost", first.port];
    return typeof first === "string" && !/^\d+$/.test(first) ? [first, 0] : [args[1] && typeof args[1] === "string" ? args[1] : "localhost", first];
  };
  tell("start", process.execPath, 0, "");
  wrap(require("net").Socket.prototype, "connect", target);
  const dns = require("dns");
  for (const name of Object.keys(dns)) if (/^(lookup|resolve)/.test(name)) wrap(dns, name, (args) => [args[0], 0]);
  for (const name of Object.keys(dns.promises || {}))
    if (/^(lookup|resolve)/.test(name)) wrap(dns.promises, name, (args) => [args[0], 0]);
  wrap(require("dgram").Socket.prototype, "send", (args) => {
    const rest = args.slice(1).filter((item) => typeof item !== "function");
    const host = rest.filter((item) => typeof item === "string").pop();
    return [host || "localhost", rest.filter((item) => typeof item === "number").pop()];
  });
  wrap(require("child_process").ChildProcess.prototype, "spawn", (args) => [args[0] && args[0].file, 0]);
  process.on("exit", () => {
    try {
      const folders = new Set();
      for (const name of Object.keys(require.cache)) {
        const at = name.lastIndexOf("/node_modules/");
        if (at >= 0) folders.add(name);
      }
      tell("modules", "", 0, [...folders].map(escape).join(" "));
    } catch { /* see above */ }
  });
}
