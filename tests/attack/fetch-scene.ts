// One attack on a fetch: what guest and user prepared, and the same fetch with a guard and without it.
import { afterAll, beforeAll, expect } from "vitest";
import type { Context } from "../../src/context.ts";
import { type FetchOptions, fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { explain, UserError } from "../../src/errors.ts";
import { attack } from "./attacks.ts";
import { createField, type Field, type Ground, type Omitted, without } from "./git-host.ts";

let field: Field | undefined;

/** Call it once in a file of scenes. */
export function setStage(): void {
  beforeAll(async () => {
    field = await createField();
  });
  afterAll(() => field?.remove());
}

export interface Scene {
  guard: string;
  /** What the guest, and a user without suspicion, have prepared. */
  plant(ground: Ground): unknown;
  /** A fetch by hand, or the product's without its guard. */
  off: Omitted | ((ground: Ground) => unknown);
  on?: (ground: Ground) => unknown;
  /** What the product says when it refuses; without it the fetch must go through. */
  refused?: RegExp;
  fired?: (ground: Ground) => boolean | Promise<boolean>;
}

/** The product's own, for a user who takes what could run by itself. */
export const fetch = (ctx: Context, options: FetchOptions = {}) =>
  fetchBranch(ctx, "work", { acceptRisk: true, ...options });

function laid(): Promise<Ground> {
  if (field === undefined) throw new Error("there is no stage");
  return field.lay();
}

async function told(work: unknown): Promise<string> {
  try {
    await work;
    return "";
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { message, details, hint } = explain(error);
    return [message, ...details, hint].join("\n");
  }
}

async function playOn(scene: Scene, ground: Ground): Promise<void> {
  const said = await told((scene.on ?? (({ ctx }) => fetch(ctx)))(ground));
  ground.shown.push(said);
  if (scene.refused === undefined) expect(said).toBe("");
  else expect(said).toMatch(scene.refused);
}

async function playOff({ off }: Scene, ground: Ground): Promise<void> {
  if (typeof off === "function") await off(ground);
  else ground.shown.push(await told(fetch(without(ground.ctx, off))));
}

export const scene = (name: string, what: Scene) =>
  attack(name, {
    guard: what.guard,
    play: async (guarded) => {
      const ground = await laid();
      await what.plant(ground);
      await (guarded ? playOn : playOff)(what, ground);
      return (what.fired ?? ((one) => one.fired()))(ground);
    },
  });
