// Builds the Debian 13 image from packages, once per recipe; later VMs take it from the cache.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { withLock } from "../../io/lock.ts";
import { searchPath } from "../../io/which.ts";
import { runStep } from "../host/log.ts";
import { addToCache, type Filled, findCached, imagesDirectory } from "./image-cache.ts";
import { inputsHash, mirror, recipeDirectory } from "./image-inputs.ts";
import { debianArch, kernelArguments, limaArch, type ObtainedImage } from "./lima-image.ts";

const FILES = ["disk.qcow2", "vmlinuz", "initrd.img"] as const;

export async function builtImage(ctx: Context): Promise<ObtainedImage> {
  const name = await inputsHash(ctx);
  const directory = (await findCached(ctx, name)) ?? (await build(ctx, name));
  const [disk, kernel, initrd] = FILES.map((file) => join(directory, file)) as [string, string, string];
  const image = {
    location: disk,
    arch: limaArch(ctx.arch),
    kernel: { location: kernel, cmdline: kernelArguments(ctx.arch) },
    initrd: { location: initrd },
  };
  return { images: [image], description: `Debian 13 built from packages (${name})` };
}

async function build(ctx: Context, name: string): Promise<string> {
  if (ctx.platform !== "linux") {
    throw new UserError("An image can be built on Linux alone.", {
      hint: "Leave --image out for Debian's own image, or name one: --image PATH",
      exit: EXIT.notReady,
    });
  }
  const lock = {
    command: ctx.commandLine,
    signal: ctx.signal,
    onWait: () => ctx.out.say("Waiting for another command that is building the same image."),
  };
  await mkdir(imagesDirectory(ctx), { recursive: true, mode: 0o755 });
  return withLock(join(imagesDirectory(ctx), `${name}.lock`), lock, async () => {
    return (await findCached(ctx, name)) ?? (await addToCache(ctx, name, (draft) => runRecipe(ctx, draft)));
  });
}

async function runRecipe(ctx: Context, draft: string): Promise<Filled> {
  const script = join(recipeDirectory(ctx), "build.sh");
  await runStep(ctx, {
    title: "build the Debian 13 image from packages",
    argv: ["sh", script, draft, debianArch(ctx.arch), mirror(ctx)],
    options: { cwd: "/", env: buildEnvironment(ctx) },
    hint: "Put right what it says and try again, or name an image of your own: --image PATH",
  });
  return { files: FILES, digest: true };
}

const PASSED = /^(https?_proxy|no_proxy|SSL_CERT_FILE|SSL_CERT_DIR|AGENT_VM_BUILD_TMP)$/i;

function buildEnvironment(ctx: Context): Record<string, string> {
  const passed = Object.entries(ctx.env).filter(([key, value]) => PASSED.test(key) && value !== undefined);
  return {
    ...(Object.fromEntries(passed) as Record<string, string>),
    PATH: searchPath(ctx.env),
    HOME: ctx.paths.home,
    LC_ALL: "C.UTF-8",
  };
}
