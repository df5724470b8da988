// The credential proxy: takes requests from the VM, makes the allowed ones with the host's key, and notes each decision.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Dispatcher } from "undici";
import { placeholdersIn, requestHeaders, responseHeaders } from "./credential-headers.ts";
import { type AllowedRequests, judgeRequest } from "./credential-policy.ts";
import type { CredentialSessions, Grant } from "./credential-sessions.ts";
import { sanitize } from "./sanitize.ts";
import { CAME_BACK, holds, withhold } from "./withhold.ts";

export interface ProxyProvider extends AllowedRequests {
  /** Names of headers that may go on beside the common ones. */
  headers: readonly string[];
}

/** One line of the log. No header, no query, no body. */
export interface Decision {
  session?: string;
  provider?: string;
  method: string;
  path: string;
  status: number;
  denied?: string;
  sent: number;
  received: number;
}

export interface ProxyParts {
  providers: Readonly<Record<string, ProxyProvider>>;
  sessions: CredentialSessions;
  /** undici's `request` and what carries it: the host's proxies and authorities. */
  request: (
    url: string,
    options: Dispatcher.RequestOptions & { dispatcher: Dispatcher },
  ) => Promise<Dispatcher.ResponseData>;
  dispatcher: Dispatcher;
  log: (decision: Decision) => void;
}

const SECOND = 1000;
const MAX_REQUEST = 64 * 1024 * 1024;
const MAX_ANSWER = 1024 * 1024 * 1024;
/** A model may think for long before and between the pieces of an answer. */
const SILENCE = 600 * SECOND;
const MAX_SHOWN = 200;

interface Exchange {
  parts: ProxyParts;
  asked: IncomingMessage;
  answer: ServerResponse;
  decision: Decision;
}

export function createCredentialProxy(parts: ProxyParts): Server {
  const server = createServer({
    maxHeaderSize: 32 * 1024,
    requestTimeout: SILENCE,
    headersTimeout: 30 * SECOND,
  });
  server.maxConnections = 256;
  server.on("request", (asked: IncomingMessage, answer: ServerResponse) => {
    const path = (asked.url ?? "").split("?")[0] ?? "";
    const decision = {
      method: asked.method ?? "",
      path: sanitize(path, MAX_SHOWN),
      status: 0,
      sent: 0,
      received: 0,
    };
    const exchange = { parts, asked, answer, decision };
    serve(exchange)
      .catch(() => answer.destroy())
      .finally(() => parts.log(decision));
  });
  server.on("connect", (asked: IncomingMessage, socket: Readable & { end(text: string): void }) => {
    const path = sanitize(asked.url ?? "", MAX_SHOWN);
    parts.log({ method: "CONNECT", path, status: 403, denied: "method", sent: 0, received: 0 });
    socket.end("HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n");
  });
  return server;
}

async function serve(exchange: Exchange): Promise<void> {
  const { parts, asked, decision } = exchange;
  const target = asked.url ?? "";
  const [, provider = "", rest = ""] = /^\/([a-z]+)(\/.*)$/.exec(target) ?? [];
  const rules = Object.hasOwn(parts.providers, provider) ? parts.providers[provider] : undefined;
  const session = parts.sessions.holder(placeholdersIn(asked.headers, target.split("?")[1] ?? ""));
  if (session !== undefined) decision.session = session;
  if (rules !== undefined) decision.provider = provider;
  if (session === undefined) return deny(exchange, "placeholder");
  const grant = parts.sessions.grant(session, provider);
  if (rules === undefined || grant === undefined) return deny(exchange, "provider");
  const verdict = judgeRequest(decision.method, rest, rules);
  if ("denied" in verdict) return deny(exchange, verdict.denied);
  await forward(exchange, `${grant.upstream}${verdict.path}${verdict.search}`, { grant, rules });
}

/** `error` in the forms that the model libraries read. */
function reply({ answer, asked, decision }: Exchange, status: number, type: string, message: string): void {
  decision.status = status;
  asked.resume();
  const body = JSON.stringify({
    type: "error",
    error: { type, code: status, message: `agent-vm: ${message}` },
  });
  const retry = status === 403 ? {} : { "retry-after": "2", "x-should-retry": "true" };
  answer.writeHead(status, { "content-type": "application/json", connection: "close", ...retry }).end(body);
}

const WHY: Record<string, string> = {
  placeholder: "this session is not known to the host, or has ended",
  provider: "this session has no key for that",
};

function deny(exchange: Exchange, reason: string): void {
  exchange.decision.denied = reason;
  const message = WHY[reason] ?? `the credential proxy does not allow this request (${reason})`;
  reply(exchange, 403, "permission_error", message);
}

async function forward(
  exchange: Exchange,
  url: string,
  { grant, rules }: { grant: Grant; rules: ProxyProvider },
): Promise<void> {
  const { parts, asked, answer, decision } = exchange;
  const gone = new AbortController();
  answer.once("close", () => gone.abort());
  const body = limited(asked, MAX_REQUEST, (bytes) => (decision.sent = bytes));
  let got: Dispatcher.ResponseData;
  try {
    got = await parts.request(url, {
      method: decision.method as Dispatcher.HttpMethod,
      headers: requestHeaders(asked.headers, rules.headers, grant),
      body: decision.method === "GET" ? null : body,
      dispatcher: parts.dispatcher,
      signal: gone.signal,
      headersTimeout: SILENCE,
      bodyTimeout: SILENCE,
    } as Dispatcher.RequestOptions & { dispatcher: Dispatcher });
  } catch (error) {
    if (gone.signal.aborted) decision.status = 499;
    else unreachable(exchange, error);
    return;
  }
  decision.status = got.statusCode;
  const key = grant.value.trim().split(" ").at(-1) ?? "";
  const told = Object.entries(responseHeaders(got.headers)).filter(([, value]) => !holds(value, key));
  answer.writeHead(got.statusCode, Object.fromEntries(told));
  // At once: an event stream's first event may come much later.
  answer.flushHeaders();
  try {
    const counted = limited(got.body, MAX_ANSWER, (bytes) => (decision.received = bytes));
    await pipeline(counted, withhold(key), answer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === CAME_BACK) decision.denied = "key in the answer";
    throw error;
  }
}

/** No network on the host is likely to pass soon; the libraries try again on both codes. */
function unreachable(exchange: Exchange, error: unknown): void {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (code === TOO_LARGE) {
    reply(exchange, 413, "request_too_large", "the request is too large");
    return;
  }
  const offline =
    /^(ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ENETDOWN|ECONNREFUSED|UND_ERR_CONNECT_TIMEOUT)$/;
  const status = offline.test(code) ? 503 : 502;
  reply(exchange, status, "api_error", `the host cannot reach the model's server now (${code || "failed"})`);
}

const TOO_LARGE = "TOO_LARGE";

function limited(source: Readable, most: number, count: (bytes: number) => void): Readable {
  let total = 0;
  const counter = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      total += chunk.length;
      count(total);
      done(total > most ? Object.assign(new Error("too large"), { code: TOO_LARGE }) : null, chunk);
    },
  });
  source.once("error", (error) => counter.destroy(error));
  source.once("close", () => source.readableEnded || counter.destroy());
  return source.pipe(counter);
}
