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
  const optional = (name) => { try { return require(name); } catch { return undefined; } };
  const threads = optional("worker_threads");
  const STARTED = "doorward.started";
  // A worker tells behind its own frames who started it.
  const starter = (threads && threads.getEnvironmentData && threads.getEnvironmentData(STARTED)) || "";
  const tell = (kind, target, port, text) => {
    try {
      const file = openSync(log, "a");
      const frames = [text, starter].filter(Boolean).join(" ");
      const fields = ["node." + kind, process.pid, process.pid, -1, escape(target), escape(port || 0), "", frames];
      try { writeSync(file, fields.join("\t") + "\n"); } finally { closeSync(file); }
    } catch { /* see above */ }
  };
  // A pool connects for whoever asks it, later and without that one's frames: who last asked for a host stands behind.
  const asked = new Map();
  const LIMIT = 256;
  const keep = (host, port, frames) => {
    // Its address is looked up without a port.
    for (const key of [`${host}:${port}`, `${host}:0`]) {
      asked.delete(key);
      if (frames) asked.set(key, frames);
    }
    while (asked.size > LIMIT) asked.delete(asked.keys().next().value);
  };
  const keepUrl = (address, frames) => {
    const url = new URL(address);
    keep(url.hostname.replace(/^\[|\]$/g, ""), url.port || (/^(https|wss):/.test(url.protocol) ? 443 : 80), frames);
  };
  const wrap = (object, name, describe, kind = name) => {
    const original = object[name];
    if (typeof original !== "function") return;
    const wrapped = function (...args) {
      try {
        const [host, port] = describe(args);
        const frames = stack();
        // A datagram waits until its socket is bound, and is then sent a second time.
        if (kind === "send" && frames) keep(host, port, frames);
        if (kind) tell(kind, host, port, [frames, asked.get(`${host}:${port}`)].filter(Boolean).join(" "));
        else if (host) keep(host, port, frames);
      } catch { /* see above */ }
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
  wrap(require("os"), "userInfo", () => ["", 0], "lookup");
  wrap(require("dgram").Socket.prototype, "send", (args) => {
    const rest = args.slice(1).filter((item) => typeof item !== "function");
    const host = rest.filter((item) => typeof item === "string").pop();
    return [host || "localhost", rest.filter((item) => typeof item === "number").pop()];
  });
  wrap(require("dgram").Socket.prototype, "connect", (args) => [typeof args[1] === "string" ? args[1] : "localhost", args[0]]);
  const children = require("child_process");
  wrap(children.ChildProcess.prototype, "spawn", (args) => [args[0] && args[0].file, 0]);
  for (const name of ["spawnSync", "execFileSync", "execSync"]) wrap(children, name, (args) => [args[0], 0], "spawn");
  wrap(require("http").Agent.prototype, "addRequest", (args) => [args[1] && args[1].host, args[1] && args[1].port], "");
  const { fetch } = globalThis;
  if (typeof fetch === "function") {
    const asking = function (...args) {
      try { keepUrl((args[0] && args[0].url) || args[0], stack()); } catch { /* see above */ }
      return fetch.apply(this, args);
    };
    const shape = Object.getOwnPropertyDescriptor(globalThis, "fetch");
    Object.defineProperties(asking, Object.getOwnPropertyDescriptors(fetch));
    Object.defineProperty(globalThis, "fetch", { configurable: true, enumerable: shape.enumerable, writable: true, value: asking });
  }
  const channels = optional("diagnostics_channel");
  if (channels && channels.subscribe)
    channels.subscribe("undici:request:create", (message) => {
      try {
        const frames = stack();
        if (frames) keepUrl(message.request.origin, frames);
      } catch { /* see above */ }
    });
  if (threads && threads.setEnvironmentData) {
    const { Worker } = threads;
    threads.Worker = class extends Worker {
      constructor(...args) {
        try { threads.setEnvironmentData(STARTED, [stack(), starter].filter(Boolean).join(" ")); } catch { /* see above */ }
        super(...args);
      }
    };
    Object.defineProperty(threads.Worker, "name", { value: "Worker" });
  }
  try { require("module").syncBuiltinESMExports(); } catch { /* see above */ }
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
