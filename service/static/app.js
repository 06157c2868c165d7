// Enhancements only: every task on these pages is done without this file.
"use strict";

const box = document.getElementById("q");
const said = document.getElementById("said");
const made = (tag, attributes) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};
const plural = (count, word) => `${count || "No"} ${word}${count === 1 ? "" : "s"}`;

// Spoken once the page stands: what was answered and how much was found.
const told = ["answer", "results"].map((id) => document.getElementById(id)?.textContent).filter(Boolean);
if (told.length) setTimeout(() => (said.textContent = `${told.join(". ")}.`), 100);

// The box offers what begins so: an editable combobox with list autocomplete, as the WAI-ARIA practices describe it.
const PAUSE = 120, SETTLED = 600;

function combobox() {
  const list = made("ul", { id: "suggestions", class: "suggestions", role: "listbox", "aria-label": "Suggestions" });
  list.hidden = true;
  box.parentElement.append(list);
  const state = { role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" };
  for (const [name, value] of Object.entries(state)) box.setAttribute(name, value);
  let active = -1, latest = 0, asking, telling;

  const open = (wanted) => {
    list.hidden = !wanted || !list.children.length;
    box.setAttribute("aria-expanded", String(!list.hidden));
    if (list.hidden) point(-1);
  };
  const point = (at) => {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = at;
    const option = list.children[active];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) box.setAttribute("aria-activedescendant", option.id);
    else box.removeAttribute("aria-activedescendant");
  };
  const drop = () => {
    latest += 1;
    clearTimeout(asking);
    clearTimeout(telling);
  };
  const forget = () => {
    list.replaceChildren();
    open(false);
  };
  const choose = (option) => {
    drop();
    box.value = option.dataset.text;
    open(false);
    box.form.requestSubmit();
  };
  const show = (suggestions) => {
    list.replaceChildren(...suggestions.map(({ text, label, sort }, at) => {
      const option = made("li", { id: `suggestion-${at}`, role: "option", "aria-selected": "false", "data-text": text });
      const what = made("span", {});
      what.textContent = sort;
      option.append(`${label} `, what);
      return option;
    }));
    point(-1);
    open(true);
    telling = setTimeout(() => (said.textContent = `${plural(suggestions.length, "suggestion")}.`), SETTLED);
  };
  const ask = async () => {
    const mine = (latest += 1);
    let suggestions = [];
    try {
      const reply = box.value.trim() && (await fetch(`${box.form.action}api/suggest?q=${encodeURIComponent(box.value)}`));
      if (reply) ({ suggestions } = await reply.json());
      if (!suggestions) throw new Error("refused");
    } catch {
      if (mine === latest) forget(); // offline, or refused: what stood there answered other words
      return;
    }
    if (mine === latest) show(suggestions); // what an older keystroke asked for may come late
  };

  box.addEventListener("input", () => {
    drop();
    point(-1); // what is typed on is no longer what was pointed at
    said.textContent = "";
    asking = setTimeout(ask, PAUSE);
  });
  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const places = list.children.length + 1, shut = list.hidden;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && places > 1) {
      event.preventDefault();
      open(!event.altKey || step > 0);
      if (!event.altKey) point(((active + 1 + step + places) % places) - 1);
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      choose(list.children[active]);
    } else if (event.key === "Escape" && !shut) {
      event.preventDefault();
      drop();
      open(false);
    } else if (["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) {
      point(-1);
    }
  });
  box.addEventListener("blur", () => {
    drop();
    open(false);
  });
  box.form.addEventListener("submit", drop);
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
}
if (box) combobox();

// "/" and Ctrl or Cmd K lead to the box, unless somebody has switched that off.
const kept = {
  get off() {
    try { return localStorage.getItem("shortcuts") === "off"; } catch { return false; }
  },
  set off(wanted) {
    try { localStorage.setItem("shortcuts", wanted ? "off" : "on"); } catch { /* for this page only */ }
  },
};
let off = kept.off;
if (box) {
  const shortcuts = made("button", { type: "button", "aria-pressed": String(!off) });
  shortcuts.textContent = "Keyboard shortcuts / and Ctrl K:";
  shortcuts.addEventListener("click", () => {
    kept.off = off = !off;
    shortcuts.setAttribute("aria-pressed", String(!off));
  });
  document.querySelector(".foot-ways").append(shortcuts);
}
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const slash = event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
  const summon = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
  if (off || !box || !(slash || summon)) return;
  event.preventDefault();
  box.focus();
  box.select();
});

// A number moves the focus, not only the view, to its source.
document.addEventListener("click", (event) => {
  const number = event.target.closest("a.number");
  const card = number && document.getElementById(number.hash.slice(1));
  if (card) card.focus({ preventScroll: true });
});

// Whoever comes back stands where they left.
const stops = () => [...document.querySelectorAll("a[href], button, input, summary")];
const leave = (stop) => history.replaceState({ stop: stops().indexOf(stop) }, "");
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (link && !link.getAttribute("href").startsWith("#")) leave(link);
});
document.addEventListener("submit", () => leave(document.activeElement));

// Text to copy is plain text to select; with a clipboard it gets a button.
function copier(words, label, text) {
  const button = made("button", { type: "button", class: "copy", "aria-label": label });
  button.textContent = words;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select it instead";
    }
  });
  return button;
}
if (navigator.clipboard) {
  for (const text of document.querySelectorAll(".cite textarea")) {
    const button = copier("Copy", `Copy the ${text.getAttribute("aria-label")}`, () => text.value);
    text.closest("dd").previousElementSibling.append(button);
  }
  const address = () => location.href.replace(/&thanks=yes(#feedback)?/, ""); // whom it is sent to has said nothing yet
  document.querySelector(".order")?.append(copier("Copy link", "Copy link to this page", address));
}
if (performance.getEntriesByType("navigation")[0]?.type === "back_forward") {
  stops()[history.state?.stop]?.focus({ preventScroll: true });
}
