// Draws the network of a page on a canvas, from the SVG that the page holds: it stays where there is no script.
"use strict";

for (const box of document.querySelectorAll(".network")) {
  const svg = box.querySelector("svg");
  const canvas = box.querySelector("canvas");
  const [at, until, ego] = ["at", "until", "ego"].map((name) => box.querySelector(`[data-${name}]`));
  const [picked, names] = [box.querySelector("[data-picked]"), box.querySelector("datalist")];
  const first = Number(box.dataset.first);
  const span = Number(box.dataset.last) - first;
  const frame = svg.viewBox.baseVal;
  const nodes = JSON.parse(box.dataset.accounts).map(([x, y, colour, platform, id, name]) => ({
    x, y, colour, name, id: `${platform}:${id}`, href: `${box.dataset.account}?${new URLSearchParams({ platform, id })}`,
  }));
  const dotted = [...svg.querySelectorAll(".dots")];
  const layers = [...svg.querySelectorAll(".layer")].map((path, place) => ({
    path,
    box: box.querySelector(`#layer-${place + 1}`),
    links: path.dataset.links.split(";").map((each) => each.split(",").map(Number)),
  }));
  const time = new Intl.DateTimeFormat(document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang, {
    dateStyle: "medium", timeStyle: "medium", timeZone: "UTC",
  });
  const count = new Intl.NumberFormat(document.documentElement.lang);
  const radius = dotted[0].getAttribute("stroke-width") / 2;
  // What was drawn last, which is moved while somebody drags what takes long to draw.
  const sheet = document.createElement("canvas");
  const slow = 25;
  let drawn = null;
  let took = 0;
  let moves = 0;
  let view = { x: frame.x, y: frame.y, scale: 1 };
  let chosen = -1;
  let seen = { shown: [], joined: new Set() };
  let waits = false;

  const fit = () => Math.min(canvas.clientWidth / frame.width, canvas.clientHeight / frame.height);
  const size = () => fit() * view.scale;
  const shift = () => ({
    x: (canvas.clientWidth - frame.width * fit()) / 2, y: (canvas.clientHeight - frame.height * fit()) / 2,
  });
  const paper = () => getComputedStyle(canvas).backgroundColor;

  let hues = [];
  function recolour() {
    hues = [];
    for (const path of dotted) hues[path.dataset.colour] = getComputedStyle(path).stroke;
    for (const layer of layers) layer.stroke = getComputedStyle(layer.path).stroke;
    later();
  }

  // What happened until the time of the slider, on the layers that are on: links by layer, and the accounts they join.
  function look() {
    const limit = until ? (span * until.value) / until.max : Infinity;
    const joined = new Set();
    const shown = layers.map((layer) => (layer.box.checked
      ? layer.links.filter(([one, other, since]) => since <= limit && (chosen < 0 || one === chosen || other === chosen))
      : []));
    for (const [one, other] of shown.flat()) joined.add(one).add(other);
    seen = { shown, joined };
    if (at) {
      const pairs = new Set(shown.flat().map(([one, other]) => one * nodes.length + other)).size;
      at.textContent = at.dataset.at
        .replace("{time}", time.format((first + Math.min(limit, span)) * 1000))
        .replace("{accounts}", count.format(joined.size)).replace("{pairs}", count.format(pairs));
    }
    tell();
    later();
  }

  function dots(pen, numbers, places, wide) {
    for (const [colour, same] of Map.groupBy(numbers, (number) => nodes[number].colour)) {
      pen.fillStyle = hues[colour];
      pen.strokeStyle = paper();
      pen.beginPath();
      for (const number of same) {
        const [x, y] = places[number];
        pen.moveTo(x + wide, y);
        pen.arc(x, y, wide, 0, 2 * Math.PI);
      }
      pen.fill();
      pen.stroke();
    }
  }

  function carry() {
    const pen = canvas.getContext("2d");
    const [by, off, ratio] = [view.scale / drawn.scale, shift(), devicePixelRatio];
    const from = (axis) => ratio * (off[axis] * (1 - by) + (drawn[axis] - view[axis]) * size());
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.setTransform(by, 0, 0, by, from("x"), from("y"));
    pen.drawImage(sheet, 0, 0);
  }

  function draw() {
    waits = false;
    if (moves && took > slow) carry();
    else paint();
  }

  function paint() {
    const start = performance.now();
    const ratio = devicePixelRatio;
    canvas.width = canvas.clientWidth * ratio;
    canvas.height = canvas.clientHeight * ratio;
    const pen = canvas.getContext("2d");
    const { shown, joined } = seen;
    const [zoom, off] = [size(), shift()];
    const place = (node) => [(node.x - view.x) * zoom + off.x, (node.y - view.y) * zoom + off.y];
    const places = nodes.map(place);
    pen.scale(ratio, ratio);
    pen.lineWidth = 1.2;
    pen.globalAlpha = chosen < 0 ? 0.45 : 0.9;
    shown.forEach((links, number) => {
      pen.strokeStyle = layers[number].stroke;
      pen.setLineDash(number % 2 ? [7, 4] : []);
      pen.beginPath();
      for (const [one, other] of links) {
        pen.moveTo(...places[one]);
        pen.lineTo(...places[other]);
      }
      pen.stroke();
    });
    pen.setLineDash([]);
    const wide = Math.max(2.5, radius * fit() * Math.sqrt(view.scale));
    pen.lineWidth = 1;
    pen.globalAlpha = 0.18;
    dots(pen, [...places.keys()].filter((number) => !joined.has(number)), places, wide);
    pen.globalAlpha = 1;
    dots(pen, joined, places, wide);
    if (chosen >= 0) {
      pen.lineWidth = 3;
      dots(pen, [chosen], places, wide);
      pen.font = "13px system-ui, sans-serif";
      pen.lineWidth = 4;
      for (const number of new Set([...[...joined].slice(0, 40), chosen])) {
        const [x, y] = places[number];
        pen.strokeStyle = paper();
        pen.fillStyle = getComputedStyle(canvas).color;
        pen.strokeText(nodes[number].name, x + wide + 3, y + 4);
        pen.fillText(nodes[number].name, x + wide + 3, y + 4);
      }
    }
    [sheet.width, sheet.height] = [canvas.width, canvas.height];
    sheet.getContext("2d").drawImage(canvas, 0, 0);
    drawn = { ...view };
    took = performance.now() - start;
  }

  // Drawn anew once nobody has moved it for a moment.
  function moving() {
    clearTimeout(moves);
    moves = setTimeout(() => {
      moves = 0;
      later();
    }, 150);
    later();
  }

  function later() {
    if (!waits) requestAnimationFrame(draw);
    waits = true;
  }

  function linked(node) {
    const link = document.createElement("a");
    link.href = node.href;
    link.append(Object.assign(document.createElement("bdi"), { textContent: node.name }));
    return link;
  }

  function tell() {
    picked.hidden = chosen < 0;
    if (chosen < 0) return;
    const partners = [...seen.joined].filter((each) => each !== chosen);
    picked.replaceChildren(linked(nodes[chosen]), ` ${picked.dataset.picked} ${count.format(partners.length)}`);
    partners.slice(0, 40).forEach((each) => picked.append(" · ", linked(nodes[each])));
  }

  function keep() {
    const here = new URL(location);
    const stated = {
      ego: chosen < 0 ? "" : nodes[chosen].id,
      until: until && until.value !== until.max ? until.value : "",
      off: layers.filter((each) => !each.box.checked).map((each) => each.path.dataset.trace).join(","),
    };
    for (const [name, value] of Object.entries(stated)) {
      if (value) here.searchParams.set(name, value);
      else here.searchParams.delete(name);
    }
    history.replaceState(null, "", here);
    leaves();
    look();
  }

  // What leaves is what is seen.
  function leaves() {
    for (const link of box.querySelectorAll("[data-pairs], [data-listed]")) link.search = location.search;
  }

  box.querySelector("[data-save]").addEventListener("click", () => canvas.toBlob((picture) => {
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(picture), download: "network.png" });
    link.click();
    URL.revokeObjectURL(link.href);
  }));

  function choose(number) {
    chosen = number;
    ego.value = number < 0 ? "" : nodes[number].name;
    keep();
  }

  function zoom(by, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
    const scale = Math.min(60, Math.max(0.5, view.scale * by));
    const [before, off] = [size(), shift()];
    const [left, top] = [view.x + (x - off.x) / before, view.y + (y - off.y) / before];
    const after = fit() * scale;
    view = { scale, x: left - (x - off.x) / after, y: top - (y - off.y) / after };
    moving();
  }

  function move(x, y) {
    view.x -= x / size();
    view.y -= y / size();
    moving();
  }

  function nearest(event) {
    const [zoomed, off] = [size(), shift()];
    let [found, least] = [-1, 144];
    nodes.forEach((node, number) => {
      const x = (node.x - view.x) * zoomed + off.x - event.offsetX;
      const y = (node.y - view.y) * zoomed + off.y - event.offsetY;
      const distance = x * x + y * y;
      if (distance < least) [found, least] = [number, distance];
    });
    return found;
  }

  const down = new Map();
  let moved = 0;
  canvas.addEventListener("pointerdown", (event) => {
    if (!down.size) moved = 0;
    down.set(event.pointerId, [event.offsetX, event.offsetY]);
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const was = down.get(event.pointerId);
    if (!was) {
      const found = nearest(event);
      canvas.title = found < 0 ? "" : nodes[found].name;
      canvas.classList.toggle("on-account", found >= 0);
      return;
    }
    const now = [event.offsetX, event.offsetY];
    if (down.size === 1) {
      move(now[0] - was[0], now[1] - was[1]);
    } else {
      const [other] = [...down].filter(([id]) => id !== event.pointerId).map(([, each]) => each);
      const apart = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]) || 1;
      zoom(apart(now) / apart(was), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    }
    moved += Math.hypot(now[0] - was[0], now[1] - was[1]);
    down.set(event.pointerId, now);
  });
  canvas.addEventListener("pointerup", (event) => {
    down.delete(event.pointerId);
    if (moved < 5) choose(nearest(event));
  });
  canvas.addEventListener("pointercancel", (event) => down.delete(event.pointerId));
  // The wheel scrolls the page until somebody works in the drawing.
  canvas.addEventListener("wheel", (event) => {
    if (document.activeElement !== canvas && !event.ctrlKey) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY);
  }, { passive: false });

  const whole = () => {
    view = { x: frame.x, y: frame.y, scale: 1 };
    later();
  };
  const keys = {
    ArrowLeft: () => move(60, 0), ArrowRight: () => move(-60, 0), ArrowUp: () => move(0, 60),
    ArrowDown: () => move(0, -60), "+": () => zoom(1.4), "-": () => zoom(1 / 1.4), 0: whole, Escape: () => choose(-1),
  };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });
  for (const button of box.querySelectorAll("[data-does]")) button.addEventListener("click", keys[button.dataset.does]);
  for (const layer of layers) layer.box.addEventListener("change", keep);
  until?.addEventListener("input", keep);
  ego.addEventListener("change", () => choose(nodes.findIndex((node) => node.name === ego.value)));

  const asked = new URLSearchParams(location.search);
  const off = asked.get("off")?.split(",") ?? [];
  for (const layer of layers) layer.box.checked = !off.includes(layer.path.dataset.trace);
  if (until) until.value = asked.get("until") ?? until.max;
  chosen = nodes.findIndex((node) => node.id === asked.get("ego"));
  if (chosen >= 0) ego.value = nodes[chosen].name;
  names.append(...nodes.map((node) => Object.assign(document.createElement("option"), { value: node.name })));
  box.classList.add("is-drawn");
  new ResizeObserver(later).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
  recolour();
  look();
}
