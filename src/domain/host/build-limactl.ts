// Builds limactl from its Go module, at the version and hashes pinned in lima/limactl.
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { withLock } from "../../io/lock.ts";
import { executable, findProgram, searchPath } from "../../io/which.ts";
import { builtLimactl, moduleDirectory } from "./limactl.ts";
import { runStep } from "./log.ts";
import { atLeast, GO_MINIMUM, GO_WANTED, LIMACTL_WANTED, parseVersion, type Version } from "./version.ts";

const PACKAGE = "github.com/lima-vm/lima/v2/cmd/limactl";
const VERSION = `github.com/lima-vm/lima/v2/pkg/version.Version=${LIMACTL_WANTED}`;

/** What Go itself listens to: where modules come from, and how its downloads reach them. */
const PASSED =
  /^(GOPROXY|GOSUMDB|GONOSUMDB|GOPRIVATE|GONOPROXY|https?_proxy|no_proxy|SSL_CERT_FILE|SSL_CERT_DIR)$/i;

/** Builds it unless it is there; put in place by rename, so that a half-made one is never used. */
export async function buildLimactl(ctx: Context): Promise<string> {
  const target = await builtLimactl(ctx);
  const parent = dirname(dirname(dirname(target)));
  await mkdir(parent, { recursive: true, mode: 0o755 });
  const lock = { command: "agent-vm setup", signal: ctx.signal };
  await withLock(join(parent, "build.lock"), lock, async () => {
    if (await executable(target)) return;
    const draft = await mkdtemp(join(parent, ".build-"));
    try {
      await compile(ctx, draft);
      await mkdir(dirname(dirname(target)), { recursive: true, mode: 0o755 });
      await rename(join(draft, "bin"), dirname(target));
    } finally {
      // Go makes what it fetches read-only, even under -modcacherw when it is a newer Go.
      await ctx.run(["chmod", "-R", "u+w", draft], { ok: "any" });
      await rm(draft, { recursive: true, force: true });
    }
  });
  return target;
}

async function compile(ctx: Context, draft: string): Promise<void> {
  const go = await findGo(ctx);
  if (!go) {
    throw new UserError("No Go is installed that can build limactl.", {
      hint: `Install Go ${GO_MINIMUM.slice(0, 2).join(".")} or newer, or limactl itself, then repeat: agent-vm setup`,
      exit: EXIT.notReady,
    });
  }
  await mkdir(join(draft, "bin"), { mode: 0o755 });
  const flags = ["-trimpath", "-ldflags", `-s -w -X ${VERSION}`];
  await runStep(ctx, {
    title: `build limactl ${LIMACTL_WANTED}`,
    argv: [go.path, "build", ...flags, "-o", join(draft, "bin", "limactl"), PACKAGE],
    options: { cwd: moduleDirectory(ctx), env: goEnvironment(ctx, go.version, draft) },
    hint: "Install limactl 2.1.3 or newer by hand (https://lima-vm.io/docs/installation/), or put this right and repeat: agent-vm setup",
  });
}

/** Its caches lie in the draft and go with it: they are a gigabyte that nothing needs again. */
function goEnvironment(ctx: Context, version: Version, draft: string): Record<string, string> {
  const passed = Object.entries(ctx.env).filter(([name, value]) => PASSED.test(name) && value !== undefined);
  return {
    ...(Object.fromEntries(passed) as Record<string, string>),
    PATH: searchPath(ctx.env),
    HOME: ctx.paths.home,
    GOPATH: join(draft, "go"),
    GOCACHE: join(draft, "go-build"),
    GOFLAGS: "-mod=readonly -modcacherw",
    GOTOOLCHAIN: atLeast(version, GO_WANTED) ? "local" : `go${GO_WANTED.join(".")}`,
    CGO_ENABLED: "0",
  };
}

/** A Go that is new enough, or that can fetch one that is. */
export async function findGo(
  host: Pick<Context, "run" | "env">,
): Promise<{ path: string; version: Version } | undefined> {
  for (const PATH of [host.env["PATH"], "/usr/local/go/bin"]) {
    const path = await findProgram("go", { PATH });
    if (!path) continue;
    const environment = { PATH: searchPath(host.env), GOTOOLCHAIN: "local", HOME: "/" };
    const { code, stdout } = await host.run([path, "version"], { ok: "any", env: environment });
    const version = code === 0 ? parseVersion(stdout) : undefined;
    if (version && atLeast(version, GO_MINIMUM)) return { path, version };
  }
  return undefined;
}
