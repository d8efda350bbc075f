// The emulator's API, asked from the emulator's own origin with the page's publishable key.

function pairs(value, name, found = []) {
  if (value === null || value === undefined) return found;
  if (Array.isArray(value)) value.forEach((each, place) => pairs(each, `${name}[${place}]`, found));
  else if (typeof value === "object") {
    for (const [key, each] of Object.entries(value))
      pairs(each, name ? `${name}[${key}]` : key, found);
  } else found.push([name, String(value)]);
  return found;
}

// `{body}` or `{error}`, never an exception.
export async function call(key, method, path, params = {}) {
  const encoded = new URLSearchParams(pairs(params, ""));
  const sent = { method, headers: { Authorization: `Bearer ${key}` } };
  if (method === "POST") sent.body = encoded;
  const address = method === "GET" ? `${path}?${encoded}` : path;
  let body;
  try {
    body = await (await fetch(address, sent)).json();
  } catch {
    const message = "The emulator gave no answer. Check that it runs, then try again.";
    return { error: { type: "api_connection_error", message } };
  }
  return body.error ? { error: body.error } : { body };
}
