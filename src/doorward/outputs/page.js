"use strict";
// Draws the figures over their tables, in the colours that the style sheet has for light, dark and paper.
(() => {
  const source = document.getElementById("figures").textContent;
  const places = document.querySelectorAll("[data-figure]");
  const draw = () => {
    const style = getComputedStyle(document.documentElement);
    const figures = JSON.parse(source, (key, value) => {
      const role = /color$/.test(key) && /^var\((--[a-z-]+)\)$/.exec(value);
      return role ? style.getPropertyValue(role[1]).trim() : value;
    });
    for (const place of places) {
      const figure = figures[Number(place.dataset.figure)];
      place.hidden = false;
      Plotly.react(place, figure.data, figure.layout, { displayModeBar: false, responsive: true });
    }
  };
  draw();
  for (const place of places) {
    place.parentElement.querySelector("details").open = false;
  }
  matchMedia("screen and (prefers-color-scheme: dark)").addEventListener("change", draw);
})();
