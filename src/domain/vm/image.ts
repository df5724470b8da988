// Which image a new VM is made from: Debian's own, one built here, or the user's.
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { reachable } from "../../io/reach.ts";
import { builtImage } from "./image-build.ts";
import { findCached } from "./image-cache.ts";
import { inputsHash, mirror } from "./image-inputs.ts";
import { localImage } from "./image-local.ts";
import { readTemplate } from "./instance-yaml.ts";
import { type LimaImage, limaArch, type ObtainedImage } from "./lima-image.ts";

export type { LimaImage, ObtainedImage } from "./lima-image.ts";

type Source = "download" | "build" | "url" | "path";

/**
 * The image for the user's choice: "auto", "build", a http(s) URL or a path. Anything that takes long is named
 * as a step. Throws UserError (3) when it cannot be had.
 */
export async function obtainImage(ctx: Context, choice: string): Promise<ObtainedImage> {
  const source = await imageSource(ctx, choice);
  if (source === "build" && choice === "auto") {
    ctx.out.say("Debian's image server cannot be reached, so an image built from Debian's packages is used.");
  }
  if (source === "build") return builtImage(ctx);
  if (source === "path") return localImage(ctx, choice);
  if (source === "url") {
    return { images: [{ location: choice, arch: limaArch(ctx.arch) }], description: choice };
  }
  return { images: await debianImages(ctx), description: "Debian 13 genericcloud" };
}

/** True when a choice leads to a build that has not been done yet, which needs programs on the host. */
export async function needsBuild(ctx: Context, choice: string): Promise<boolean> {
  if ((await imageSource(ctx, choice)) !== "build") return false;
  return (await findCached(ctx, await inputsHash(ctx))) === undefined;
}

const decided = new WeakMap<Context["paths"], Promise<Source>>();

async function imageSource(ctx: Context, choice: string): Promise<Source> {
  if (choice === "build") return "build";
  if (/^https?:\/\//.test(choice)) return "url";
  if (choice !== "auto") return "path";
  // One command asks twice: what the host needs, and where the image is. The network is asked once.
  const known = decided.get(ctx.paths) ?? automatic(ctx);
  decided.set(ctx.paths, known);
  return known;
}

async function automatic(ctx: Context): Promise<Source> {
  const [first] = await debianImages(ctx);
  const server = new URL(first?.location ?? "https://cloud.debian.org/").host;
  if (await reachable(`https://${server}/images/cloud/`)) return "download";
  const packages = `${mirror(ctx)}/dists/trixie/InRelease`;
  if (ctx.platform === "linux" && (await reachable(packages))) return "build";
  if (await findCached(ctx, await inputsHash(ctx))) return "build";
  throw new UserError(`Neither ${server} nor Debian's packages can be reached from this host.`, {
    hint: "Check the network and the proxy variables, or name an image of your own: --image PATH",
    exit: EXIT.notReady,
  });
}

/** Dated images with their digests first; those disappear after months, so undated ones follow. */
async function debianImages(ctx: Context): Promise<LimaImage[]> {
  const { parseYaml } = await import("../../io/yaml.ts");
  const { images } = parseYaml(await readTemplate(ctx.programDir)) as { images: LimaImage[] };
  return images.filter((image) => image.arch === limaArch(ctx.arch));
}
