// The live overview: on a terminal a screen of its own, elsewhere printed again when something changed.
import type { Context } from "../../context.ts";
import { Interrupted } from "../../errors.ts";
import { jsonLine } from "../../guard/sanitize.ts";
import { inAscii, showsUtf8 } from "../../io/charset.ts";
import { openLiveScreen, type ScreenLine } from "../../io/live-screen.ts";
import { type Screen, theScreen } from "../../io/pager.ts";
import { wantsColour } from "../sync/show/show.ts";
import type { Facts } from "./facts.ts";
import { type Following, follow } from "./follow.ts";
import { keyMeaning, screenful, viewText } from "./screenful.ts";
import type { Frame, View } from "./status-view.ts";

export interface LiveView extends Omit<Following, "onFacts" | "signal"> {
  view(facts: Facts, frame: Frame): View;
  /** One line of JSON for each change instead. */
  json?: ((facts: Facts) => object) | undefined;
}

/** Until q or Ctrl-C; the latter is an Interrupted. */
export async function showLive(ctx: Context, live: LiveView, screen: Screen = theScreen()): Promise<void> {
  const { json } = live;
  const paper = json === undefined && screen.terminal && ctx.env["TERM"] !== "dumb";
  if (paper) return onScreen(ctx, live, wantsColour(ctx, screen));
  let last = "";
  // Ages are no change: they are told, and not compared.
  const frame = (now: number): Frame => ({ vm: ctx.paths.vm, columns: ctx.columns ?? 200, now });
  const onFacts = (facts: Facts) => {
    if (!facts.connected && facts.vm === "running") return;
    const text = json ? jsonLine(json(facts)) : viewText(live.view(facts, frame(0)));
    if (text === last) return;
    ctx.out.answer(json ? text : `${last === "" ? "" : "\n"}${viewText(live.view(facts, frame(seconds())))}`);
    last = text;
  };
  await follow(ctx, { ...live, onFacts, signal: ctx.signal });
}

/** Longer than what it stands for, perhaps: what does not fit is not seen. */
const plainLine = (line: ScreenLine): ScreenLine =>
  line.map((piece) => ({ ...piece, text: inAscii(piece.text) }));

const seconds = (): number => Date.now() / 1000;

/** Milliseconds after which ages are told anew. */
const AGES = 5000;

async function onScreen(ctx: Context, live: LiveView, colour: boolean): Promise<void> {
  const leave = new AbortController();
  let facts: Facts | undefined;
  let offset = 0;
  let page = 0;
  let interrupted = false;
  const utf8 = showsUtf8(ctx.env);
  const draw = () => {
    if (facts === undefined) return;
    const size = screen.size();
    const view = live.view(facts, { vm: ctx.paths.vm, columns: size.columns, now: seconds() });
    const full = screenful(view, size, offset);
    ({ offset, page } = full);
    screen.draw(utf8 ? full.lines : full.lines.map(plainLine));
  };
  const onKey = (key: string) => {
    const meaning = keyMeaning(key, page);
    if (meaning === undefined) return;
    if (typeof meaning === "object") {
      offset += meaning.rows;
      return draw();
    }
    interrupted = meaning === "interrupt";
    leave.abort();
  };
  const screen = openLiveScreen({ colour, onKey, onResize: draw });
  const ages = setInterval(draw, AGES);
  const onFacts = (now: Facts) => {
    facts = now;
    draw();
  };
  try {
    const signal = AbortSignal.any([ctx.signal, leave.signal]);
    await follow(ctx, { ...live, onFacts, signal });
  } finally {
    clearInterval(ages);
    screen.close();
  }
  if (interrupted) throw new Interrupted();
}
