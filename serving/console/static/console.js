// What helps and is needed by no page: keys of the review queue, and the name that was given last.
"use strict";

const named = (key) => document.querySelector(`[data-key="${key}"]`);
const isTyping = (element) => element.matches("input:not([type=radio]):not([type=checkbox]), select, textarea");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (isTyping(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (!["j", "k", "c", "f", "u"].includes(event.key)) return;
  const found = named(event.key);
  if (!found) return;
  event.preventDefault();
  if (found.matches("a")) {
    found.click();
  } else {
    found.checked = true;
    found.form.elements.why.focus();
  }
});

for (const field of document.querySelectorAll("[data-remember]")) {
  field.value ||= sessionStorage.getItem(field.name) ?? "";
  field.form.addEventListener("submit", () => sessionStorage.setItem(field.name, field.value));
}

// A form that takes long says so, and is not sent twice.
for (const form of document.querySelectorAll("[data-busy]")) {
  form.addEventListener("submit", () => {
    form.querySelector("[data-told]").textContent = form.dataset.busy;
    form.querySelector("button").disabled = true;
  });
}
