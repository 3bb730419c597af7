"use strict";
(() => {
  const { figures, tables } = JSON.parse(document.getElementById("data").textContent);
  const config = { responsive: true, displaylogo: false, modeBarButtonsToRemove: ["select2d", "lasso2d"] };

  // Times come as a first moment, a unit and steps.
  const unfold = (x) => {
    if (!x || !x.steps) return x;
    const times = x.start === null ? [] : [x.start];
    for (const step of x.steps) times.push(times[times.length - 1] + step * x.unit);
    return times;
  };
  for (const figure of figures) for (const trace of figure.data) trace.x = unfold(trace.x);

  // Colours come by role: "@gain" is --gain of the style sheet, light or dark.
  const plain = new Set(["x", "y", "text", "customdata"]);
  const painted = (value, palette) => {
    if (typeof value === "string") return /^@[a-z-]+$/.test(value) ? palette.getPropertyValue("--" + value.slice(1)).trim() : value;
    if (Array.isArray(value)) return value.map((one) => painted(one, palette));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain.has(key) ? one : painted(one, palette)]));
  };

  // Charts over time show the same stretch, and fit their heights to what is in sight.
  const timed = figures.filter((figure) => figure.timed);
  const ends = timed.flatMap((figure) => figure.data.flatMap(({ x }) => [x[0], x[x.length - 1]])).filter(Number.isFinite);
  const whole = [Math.min(...ends), Math.max(...ends)];
  let sight = whole;

  const draw = async () => {
    const palette = getComputedStyle(document.documentElement);
    for (const figure of figures) {
      const element = document.getElementById(figure.id);
      const layout = painted(figure.layout, palette);
      if (figure.timed) Object.assign(layout.xaxis, { range: sight, autorange: false });
      await Plotly.react(element, painted(figure.data, palette), layout, { ...config, displayModeBar: figure.timed ? "hover" : false });
      if (figure.timed && !element.dataset.linked) link(figure, element);
      await new Promise((resolve) => setTimeout(resolve));
    }
    document.documentElement.dataset.drawn = figures.length;
  };

  const milliseconds = (at) => (typeof at === "number" ? at : Date.parse(at.includes(" ") ? at.replace(" ", "T") + "Z" : at));
  const fitted = (figure, axis, from, to) => {
    let low = Infinity, high = -Infinity;
    for (const trace of figure.data) {
      if ((trace.yaxis || "y") !== axis) continue;
      if (trace.fill === "tozeroy") { low = Math.min(low, 0); high = Math.max(high, 0); }
      for (let place = 0; place < trace.x.length; place++) {
        const value = trace.y[place];
        if (value === null || trace.x[place] < from || trace.x[place] > to) continue;
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
    if (low > high) return null;
    const place = figure.layout["yaxis" + axis.slice(1)];
    if (place.type === "log") [low, high] = [Math.log10(low), Math.log10(high)];
    const room = (high - low) * 0.06 || Math.abs(high) * 0.01 || 1;
    return [low - room, high + room];
  };
  let following = false;
  const link = (figure, element) => {
    element.dataset.linked = "yes";
    element.on("plotly_relayout", async (change) => {
      if (following) return;
      const range = change["xaxis.range"] || (change["xaxis.range[0]"] && [change["xaxis.range[0]"], change["xaxis.range[1]"]]);
      if (!range && !change["xaxis.autorange"]) return;
      following = true;
      sight = range ? range.map(milliseconds) : whole;
      try {
        for (const other of timed) {
          const update = { "xaxis.range": sight };
          for (const axis of other.fitted) {
            const found = fitted(other, axis, ...sight);
            if (found) update["yaxis" + axis.slice(1) + ".range"] = found;
          }
          await Plotly.relayout(document.getElementById(other.id), update);
        }
      } finally {
        following = false;
      }
    });
  };

  // Long tables: rows appear as they are scrolled to; a click on a heading sorts; typing finds.
  const STEP = 150;
  const worth = (text) => {
    const bare = text.replace(/[,%×+\s]/g, "").replace("−", "-");
    return bare === "" || bare === "–" ? NaN : Number(bare);
  };
  const fill = ({ id, rows, numbers, toned }) => {
    const table = document.getElementById(id);
    const body = table.tBodies[0], room = table.closest(".scroll");
    const count = document.querySelector(`[data-count="${id}"]`);
    let shown = rows, next = 0;
    const more = () => {
      const part = document.createDocumentFragment();
      for (const row of shown.slice(next, next + STEP)) {
        const line = part.appendChild(document.createElement("tr"));
        row.forEach((text, column) => {
          const cell = line.appendChild(document.createElement("td"));
          cell.textContent = text;
          if (numbers[column]) cell.classList.add("num");
          if (toned[column] && /[1-9]/.test(text)) cell.classList.add(text.startsWith("−") ? "loss" : "gain");
        });
      }
      next = Math.min(next + STEP, shown.length);
      body.append(part);
    };
    const again = () => {
      next = 0;
      body.replaceChildren();
      room.scrollTop = 0;
      count.textContent = shown.length === rows.length ? `${rows.length.toLocaleString("en")} rows` : `${shown.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows`;
      more();
    };
    let order = (list) => list;
    let wanted = "";
    const arrange = () => {
      shown = order(wanted ? rows.filter((row) => row.some((text) => text.toLowerCase().includes(wanted))) : rows);
      again();
    };
    room.addEventListener("scroll", () => {
      if (next < shown.length && room.scrollTop + room.clientHeight > room.scrollHeight - 600) more();
    });
    table.querySelectorAll("thead th").forEach((head, column) => {
      head.querySelector("button").addEventListener("click", () => {
        const way = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
        table.querySelectorAll("thead th").forEach((one) => one.setAttribute("aria-sort", "none"));
        head.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
        const compare = (a, b) => {
          if (!numbers[column]) return way * (a[column] < b[column] ? -1 : a[column] > b[column] ? 1 : 0);
          const [left, right] = [worth(a[column]), worth(b[column])];
          if (Number.isNaN(left) || Number.isNaN(right)) return Number.isNaN(left) - Number.isNaN(right);
          return way * (left - right);
        };
        order = (list) => [...list].sort(compare);
        arrange();
      });
    });
    document.querySelector(`[data-find="${id}"]`).addEventListener("input", (event) => {
      wanted = event.target.value.trim().toLowerCase();
      arrange();
    });
    arrange();
  };
  tables.forEach(fill);

  // The menu shows which part is being read.
  const links = [...document.querySelectorAll("nav a")];
  const parts = links.map((one) => document.querySelector(one.getAttribute("href")));
  const mark = () => {
    let here = 0;
    parts.forEach((part, place) => { if (part.getBoundingClientRect().top < 160) here = place; });
    links.forEach((one, place) => one.classList.toggle("here", place === here));
  };
  document.addEventListener("scroll", mark, { passive: true });
  mark();

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  draw();
})();
