// What the holder still has to do: in a dialog over the page, or at another address.

// Shows a page of the emulator's over the shop's and waits until it says that it is done.
function inDialog(url, title, { closable = false } = {}) {
  mustBe(new URL(url, HOME).origin === HOME, `This emulator opens its own pages only, not ${url}.`);
  const dialog = document.createElement("dialog");
  const style = {
    position: "fixed",
    inset: "0",
    width: "100%",
    height: "100%",
    "max-width": "none",
    "max-height": "none",
    margin: "0",
    padding: "16px",
    border: "0",
    background: "rgb(0 0 0 / .6)",
    display: "grid",
    "place-items": "center",
    "box-sizing": "border-box",
  };
  for (const [name, value] of Object.entries(style))
    dialog.style.setProperty(name, value, "important");
  framesMade += 1;
  const iframe = document.createElement("iframe");
  iframe.name = `__privateStripeFrame${framesMade}`;
  iframe.title = title;
  const box = {
    width: "min(100%, 560px)",
    height: "min(100%, 620px)",
    border: "0",
    "border-radius": "8px",
  };
  for (const [name, value] of Object.entries(box))
    iframe.style.setProperty(name, value, "important");
  // In a frame the page stays where it is once it is answered, and says so.
  const framed = new URL(url, HOME);
  framed.searchParams.set("frame", "1");
  iframe.src = framed.href;
  dialog.append(iframe);
  document.body.append(dialog);
  dialog.setAttribute("aria-label", title);
  dialog.showModal();
  return new Promise((resolve) => {
    const close = () => {
      window.removeEventListener("message", hear);
      dialog.close();
      dialog.remove();
      resolve();
    };
    function hear(event) {
      if (event.origin !== HOME || event.source !== iframe.contentWindow) return;
      if (event.data?.source === SOURCE && event.data.type === "answered") close();
    }
    window.addEventListener("message", hear);
    dialog.addEventListener("cancel", (event) => {
      // The bank's question has an answer of its own for "no".
      event.preventDefault();
      if (closable) close();
    });
    if (closable) dialog.prepend(closing(close));
  });
}

function closing(close) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "×";
  button.setAttribute("aria-label", "Close");
  const style = {
    position: "absolute",
    top: "8px",
    right: "8px",
    width: "44px",
    height: "44px",
    border: "0",
    "border-radius": "50%",
    background: "#fff",
    color: "#111",
    font: "24px/1 sans-serif",
    cursor: "pointer",
  };
  for (const [name, value] of Object.entries(style))
    button.style.setProperty(name, value, "important");
  button.addEventListener("click", close);
  return button;
}

// Never answers: the page is on its way to another one.
function leaveFor(url) {
  window.location.assign(url);
  return new Promise(() => {});
}

// The shop's address with what Stripe appends to it.
function returnAddress(url, intent) {
  const address = new URL(url, window.location.href);
  const kind = intent.object;
  address.searchParams.set(kind, intent.id);
  address.searchParams.set(`${kind}_client_secret`, intent.client_secret);
  address.searchParams.set("redirect_status", redirectStatus(intent));
  return address.href;
}

function redirectStatus({ status }) {
  if (status === "succeeded" || status === "requires_capture") return "succeeded";
  return status === "processing" || status === "requires_action" ? "pending" : "failed";
}

// Has the holder do the intent's next action; answers the intent as it is then.
async function act(stripe, intent, type) {
  const action = intent.next_action;
  if (intent.status !== "requires_action" || !action) return { intent };
  const inPage = action.use_stripe_sdk?.stripe_js;
  const url = inPage ?? action.redirect_to_url?.url;
  if (url && !inPage && type !== "card") return leaveFor(url);
  const details = action[action.type] ?? {};
  const voucher = details.hosted_voucher_url ?? details.hosted_instructions_url;
  if (!url && !voucher) return { intent };
  // A voucher is paid later, elsewhere; closing it is not giving up.
  await (url ? inDialog(url, "3-D Secure") : inDialog(voucher, "Voucher", { closable: true }));
  return controllerOf(stripe).ask("retrieve", intent.object, intent.client_secret);
}

const NAMES = { payment_intent: "paymentIntent", setup_intent: "setupIntent" };

// `{paymentIntent}`, `{setupIntent}` or `{error}`.
function resultOf({ intent, error }) {
  if (error) return { error };
  const failed = intent.last_payment_error ?? intent.last_setup_error;
  if (intent.status === "requires_payment_method" && failed)
    return { error: { ...failed, [intent.object]: intent } };
  return { [NAMES[intent.object]]: intent };
}
