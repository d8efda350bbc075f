// Tells the page around this frame that the buyer has answered; it asks Stripe what came of it.
"use strict";

if (window.parent !== window) {
  const { intent, status } = document.querySelector("main").dataset;
  window.parent.postMessage({ source: "stripe-emulator", type: "answered", intent, status }, "*");
}
