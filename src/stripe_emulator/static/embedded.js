// Inside a page of the shop: says how tall this page is, and what became of the session.
"use strict";

(() => {
  const main = document.querySelector("main[data-parent]");
  if (!main || window.parent === window) return;
  // Only the page that mounted this one may hear of it.
  const tell = (message) => window.parent.postMessage(message, main.dataset.parent);
  const { session, state, onward } = main.dataset;

  let told = 0;
  const measure = () => {
    const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
    if (height === told) return;
    told = height;
    tell({ type: "checkout.height", height });
  };
  new ResizeObserver(measure).observe(document.documentElement);
  measure();

  if (state === "complete") tell({ type: "checkout.complete", session, return_url: onward || null });
  else if (state === "expired") tell({ type: "checkout.expired", session });
  else tell({ type: "checkout.ready" });
})();
