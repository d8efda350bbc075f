// The frame's side of the messages: only the shop's page that shows this frame is listened to.

// The emulator is for this machine: pages from elsewhere are not even let in by the frame's policy.
const NEAR = /^https?:\/\/(localhost|[a-z0-9-]+\.localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

// What marks a message as ours.
const SOURCE = "stripe-emulator";

let shop = null;

const post = (message) => shop && window.parent.postMessage({ source: SOURCE, ...message }, shop);

// Tells the Element's owner what happened: `change`, `focus`…
export const tell = (name, payload = {}) => post({ type: "event", name, payload });

export const say = (message) => post(message);

// Calls `start` with what the page gives at first, then answers its questions by `asked[name]`.
export function connect(start, asked) {
  if (window.parent === window) return;
  window.addEventListener("message", async (event) => {
    if (event.source !== window.parent || !NEAR.test(event.origin) || event.data?.source !== SOURCE)
      return;
    if (shop !== null && event.origin !== shop) return;
    const message = event.data;
    if (message.type === "start" && shop === null) {
      shop = event.origin;
      await start(message.given);
    } else if (message.type === "ask" && Object.hasOwn(asked, message.name)) {
      post({ type: "answer", id: message.id, value: await answerOf(asked, message) });
    }
  });
  // Nothing secret in it, and nobody is known yet.
  window.parent.postMessage({ source: SOURCE, type: "hello" }, "*");
}

// Whoever asks waits for an answer, whatever goes wrong here.
async function answerOf(asked, { name, given }) {
  try {
    return (await asked[name](...given)) ?? null;
  } catch (error) {
    return { error: { type: "invalid_request_error", message: error.message } };
  }
}

// Keeps the frame as tall as what it holds.
export function followHeight(element) {
  const told = () =>
    post({ type: "size", height: Math.ceil(element.getBoundingClientRect().height) });
  new ResizeObserver(told).observe(element);
}

// `focus`, `blur` and `escape` of the whole frame, however many fields it has.
export function followFocus() {
  let within = false;
  const changed = () => {
    const now = document.hasFocus() && document.activeElement !== document.body;
    if (now === within) return;
    within = now;
    tell(now ? "focus" : "blur");
  };
  document.addEventListener("focusin", changed);
  document.addEventListener("focusout", () => setTimeout(changed));
  window.addEventListener("blur", () => setTimeout(changed));
  document.addEventListener("keydown", (event) => event.key === "Escape" && tell("escape"));
}
