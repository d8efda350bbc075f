/* Copies what stands in an element: <button data-copy="ID" hidden>. */
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy).textContent;
    await navigator.clipboard.writeText(text.trim());
    const said = button.textContent;
    button.textContent = "✓ " + said;
    setTimeout(() => (button.textContent = said), 2000);
  });
}

/* Another carrier is named only if it is another one. */
const carrier = document.getElementById("f-carrier");
const other = document.getElementById("f-other")?.closest(".field");
if (carrier && other) {
  const follow = () => (other.hidden = carrier.value !== "other");
  carrier.addEventListener("change", follow);
  follow();
}

/* Printing needs no button, but people look for one. */
const printing = document.querySelector("[data-print]");
if (printing) {
  printing.hidden = false;
  printing.addEventListener("click", () => print());
}
