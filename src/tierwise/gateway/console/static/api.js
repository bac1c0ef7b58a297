// Everything the console asks of the gateway. The key stays in this tab's session storage and goes nowhere but to where the page came from.

const ROOT = new URL("../admin/", location.href);
const KEPT = "tierwise-key";

export const key = () => sessionStorage.getItem(KEPT) ?? "";
export function keep(secret) {
  if (secret) sessionStorage.setItem(KEPT, secret);
  else sessionStorage.removeItem(KEPT);
}

/** What went wrong, for people; `status` is 0 where nobody answered. */
export class Wrong extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** What hears of lost and found connections, and of keys that hold no longer. */
export const heard = { lost() {}, found() {}, signedOut() {} };

function headers(more) {
  const secret = key();
  return { ...(secret ? { authorization: `Bearer ${secret}` } : {}), ...more };
}

async function answered(path, options, signal) {
  let answer;
  try {
    answer = await fetch(new URL(path, ROOT), { ...options, headers: headers(options?.headers), signal, cache: "no-store", referrerPolicy: "no-referrer" });
  } catch (error) {
    if (signal?.aborted) throw error;
    heard.lost();
    throw new Wrong("The gateway does not answer.", 0);
  }
  heard.found();
  if (answer.ok) return answer;
  const said = await answer.text();
  let message = `The gateway answered with ${answer.status}.`;
  try {
    message = JSON.parse(said).error.message ?? message;
  } catch { /* no JSON: the status has to do */ }
  if (answer.status === 401 && !path.startsWith("me")) heard.signedOut(message);
  throw new Wrong(message, answer.status);
}

/** Ask and get JSON. */
export const read = async (path, signal) => (await answered(path, {}, signal)).json();

/** Change something: JSON there, JSON back. */
export async function change(method, path, body, signal) {
  const answer = await answered(path, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body ?? {}) }, signal);
  const text = await answer.text();
  return text ? JSON.parse(text) : null;
}

/** Send a file. */
export async function upload(path, file, signal) {
  const answer = await answered(path, { method: "POST", headers: { "content-type": "application/octet-stream" }, body: file }, signal);
  return answer.json();
}

/** A query of what has a value. */
export function query(given) {
  const found = new URLSearchParams(Object.entries(given).filter(([, value]) => value !== "" && value !== null && value !== undefined));
  const text = found.toString();
  return text ? `?${text}` : "";
}

/** Follow what comes in until the signal says stop: `got` is called with each event. Goes on where it was when a connection ends. */
export async function follow(given, got, signal) {
  let after = "", waits = 500;
  while (!signal.aborted) {
    try {
      const answer = await answered(`live${query({ ...given, after })}`, { headers: { accept: "text/event-stream" } }, signal);
      waits = 500;
      for await (const one of events(answer.body)) {
        after = one.id || after;
        got(one);
      }
      await pause(200, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Wrong && error.status >= 400 && error.status < 500) throw error;
      if (!(error instanceof Wrong)) heard.lost();
      await pause(waits, signal);
      waits = Math.min(waits * 2, 8000);
    }
  }
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  while (true) {
    const { value, done } = await reader.read();
    if (done) return;
    held += value;
    const blocks = held.split("\n\n");
    held = blocks.pop();
    for (const block of blocks) {
      const found = event(block);
      if (found) yield found;
    }
  }
}

function event(block) {
  const found = { name: "message", id: "", data: null };
  for (const line of block.split("\n")) {
    if (line.startsWith("event: ")) found.name = line.slice(7);
    if (line.startsWith("id: ")) found.id = line.slice(4);
    if (line.startsWith("data: ")) found.data = JSON.parse(line.slice(6));
  }
  return found.data === null ? null : found;
}

/** Wait, unless the signal says stop. */
export const pause = (ms, signal) => new Promise((done) => {
  const timer = setTimeout(done, ms);
  signal?.addEventListener("abort", () => { clearTimeout(timer); done(); }, { once: true });
});

/** Whether the gateway is there. */
export async function there() {
  try {
    return (await fetch(new URL("../healthz", ROOT), { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}
