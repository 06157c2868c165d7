// Enhancements only: every task on these pages is done without this file.
"use strict";

const box = document.getElementById("q");

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const slash = event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
  const summon = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
  if (!box || !(slash || summon)) return;
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

// Citations are plain text to select; with a clipboard they get a button.
if (navigator.clipboard) {
  for (const text of document.querySelectorAll(".cite pre")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy the ${text.getAttribute("aria-label")}`);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Select it instead";
      }
    });
    text.closest("dd").previousElementSibling.append(button);
  }
}
