"use strict";
(() => {
  const root = document.documentElement;
  document.querySelector(".tools").hidden = false;

  // Hovering shows our own tips; the accessible name stays, the browser's tooltip of the whole drawing goes.
  for (const chart of document.querySelectorAll("svg.chart")) {
    const title = chart.querySelector("title");
    chart.setAttribute("aria-label", title.textContent);
    chart.setAttribute("aria-describedby", chart.querySelector("desc").id);
    chart.removeAttribute("aria-labelledby");
    title.remove();
  }

  const tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("role", "status");
  tip.hidden = true;
  document.body.append(tip);
  const place = (x, y) => {
    const box = tip.getBoundingClientRect();
    const left = Math.max(8, Math.min(x + 14, root.clientWidth - box.width - 8));
    const top = y - box.height - 12 < 8 ? y + 18 : y - box.height - 12;
    tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  };
  document.addEventListener("pointermove", (event) => {
    const mark = event.target instanceof Element ? event.target.closest("[data-tip]") : null;
    tip.hidden = !mark;
    if (mark) {
      const of = mark.closest("[data-of]");
      const text = of ? `${of.dataset.of}: ${mark.dataset.tip}` : mark.dataset.tip;
      if (tip.textContent !== text) tip.textContent = text;
      place(event.clientX, event.clientY);
    }
  });
  document.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

  for (const chip of document.querySelectorAll("[data-mode]")) {
    chip.addEventListener("click", () => {
      const shown = chip.getAttribute("aria-pressed") === "true";
      chip.setAttribute("aria-pressed", String(!shown));
      root.classList.toggle(`hide-${chip.dataset.mode}`, shown);
    });
  }

  const tables = document.getElementById("tables");
  tables.addEventListener("click", () => {
    const open = tables.getAttribute("aria-pressed") !== "true";
    tables.setAttribute("aria-pressed", String(open));
    for (const details of document.querySelectorAll("details")) details.open = open;
  });

  // Storage may be refused to pages from file://; the choice then lasts as long as the page.
  const kept = { get: () => { try { return localStorage.getItem("lakebase-theme"); } catch { return null; } },
    set: (value) => { try { localStorage.setItem("lakebase-theme", value); } catch { /* as said above */ } } };
  const theme = document.getElementById("theme");
  const order = ["system", "light", "dark"];
  const apply = (name) => {
    if (name === "system") delete root.dataset.theme;
    else root.dataset.theme = name;
    theme.textContent = `Theme: ${name}`;
  };
  let current = order.includes(kept.get()) ? kept.get() : "system";
  apply(current);
  theme.addEventListener("click", () => {
    current = order[(order.indexOf(current) + 1) % order.length];
    kept.set(current);
    apply(current);
  });
})();
