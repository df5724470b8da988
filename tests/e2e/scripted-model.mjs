// A scripted model: speaks enough of the Messages API for Claude Code to make one commit, and keeps what it was sent.
// usage: node scripted-model.mjs LOG [PORT]    Prints its port. Appends a JSON line for each request to LOG.
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";

const [log, port = "0"] = process.argv.slice(2);
const COMMAND =
  "echo 'written by an agent' > agent.txt && git add agent.txt && git commit -q -m 'made by an agent'";

/** What the model says next: a call of the Bash tool at first, a last word after its result. */
function answer(body) {
  const tools = (body.tools ?? []).map(({ name }) => name);
  const worked = JSON.stringify(body.messages ?? []).includes("tool_result");
  if (!tools.includes("Bash") || worked) return { type: "text", text: "Done." };
  return { type: "tool_use", id: "toolu_scripted", name: "Bash", input: { command: COMMAND } };
}

const message = (body, content) => ({
  id: "msg_scripted",
  type: "message",
  role: "assistant",
  model: body.model,
  content,
  stop_reason: null,
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
});

function* events(body) {
  const block = answer(body);
  const reason = block.type === "text" ? "end_turn" : "tool_use";
  yield { type: "message_start", message: message(body, []) };
  const empty = block.type === "text" ? { ...block, text: "" } : { ...block, input: {} };
  yield { type: "content_block_start", index: 0, content_block: empty };
  const delta =
    block.type === "text"
      ? { type: "text_delta", text: block.text }
      : { type: "input_json_delta", partial_json: JSON.stringify(block.input) };
  yield { type: "content_block_delta", index: 0, delta };
  yield { type: "content_block_stop", index: 0 };
  yield {
    type: "message_delta",
    delta: { stop_reason: reason, stop_sequence: null },
    usage: { output_tokens: 1 },
  };
  yield { type: "message_stop" };
}

function reply(response, body) {
  if (!body.stream) {
    const block = answer(body);
    const stop_reason = block.type === "text" ? "end_turn" : "tool_use";
    response.setHeader("content-type", "application/json");
    return response.end(JSON.stringify({ ...message(body, [block]), stop_reason }));
  }
  response.setHeader("content-type", "text/event-stream");
  for (const event of events(body))
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  return response.end();
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const { method, url, headers } = request;
    appendFileSync(log, `${JSON.stringify({ method, url, headers })}\n`);
    if (!url.startsWith("/v1/messages")) return response.end("{}");
    const text = Buffer.concat(chunks).toString();
    if (url.includes("count_tokens")) return response.end('{"input_tokens":1}');
    return reply(response, JSON.parse(text || "{}"));
  });
});
server.listen(Number(port), "127.0.0.1", () => console.log(server.address().port));
