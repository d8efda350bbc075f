// Sends a form once: a second click while the first is under way does nothing.
"use strict";

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
  });
}

// Back from the next page, the form may be used again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});
