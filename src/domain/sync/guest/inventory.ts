// The constant scripts that tell what lives in the VM beside workspaces. Pure.
import { ENVIRONMENT } from "./common.ts";

/** What programs keep below the agent's home: logins, transcripts, and volumes of containers. */
const LOGINS = [
  ".claude/.credentials.json",
  ".codex/auth.json",
  ".gemini/oauth_creds.json",
  ".config/gh/hosts.yml",
  ".config/github-copilot",
  ".copilot/config.json",
  ".local/share/opencode/auth.json",
  ".config/gcloud",
  ".docker/config.json",
  ".git-credentials",
  ".netrc",
];
const TRANSCRIPTS = [
  ".claude/projects",
  ".codex/sessions",
  ".gemini/tmp",
  ".copilot/history-session-state",
  ".local/share/opencode/storage",
];
const VOLUMES = [".local/share/docker/volumes", ".local/share/containers/storage/volumes"];

const each = (kind: string, paths: readonly string[]): string =>
  `for path in ${paths.join(" ")}; do say ${kind} "$path"; done`;

/**
 * Answer: "=entry" and each name in ~/workspace; "=repo" and the path of each git repository below the home to depth 3,
 * ~/workspace and caches left out, and of a home that is one itself only its .git; "=login", "=transcript", "=volume" with KiB and path of what is there; "=done".
 */
export const INVENTORY = `
${ENVIRONMENT}
cd -- "$HOME" || exit 1
if cd -- "$root" 2>/dev/null; then
  for name in * .[!.]* ..?*; do
    if [ -e "$name" ] || [ -L "$name" ]; then printf '=entry\\0%s\\0' "$name"; fi
  done
fi
cd -- "$HOME" || exit 1
{ find . -maxdepth 4 \\( -path ./workspace -o -path ./.cache -o -path ./.npm \\) -prune -o \\
    \\( -name .git -printf '%h\\0' -prune -o -type d -name objects -printf '%h\\0' -prune \\) 2>/dev/null || :; } |
  sort -zu | xargs -0 -r sh -c '
    found=
    for path do
      [ -e "$path/.git" ] || { [ -f "$path/HEAD" ] && [ -d "$path/refs" ]; } || continue
      if [ "$path" = . ]; then printf "=repo\\0.git\\0"; continue; fi
      case $path/ in "$found"/*) [ -z "$found" ] || continue ;; esac
      found=$path
      printf "=repo\\0%s\\0" "\${path#./}"
    done
  ' sh
say() {
  [ -e "$2" ] || return 0
  size=$(du -sk -- "$2" 2>/dev/null | { read -r kib rest; printf '%s' "\${kib:-0}"; })
  printf '=%s\\0%s\\0%s\\0' "$1" "\${size:-0}" "$2"
}
${each("login", LOGINS)}
${each("transcript", TRANSCRIPTS)}
${each("volume", VOLUMES)}
printf '=done\\0'
`;

/** Sizes. Standard input: paths below the home. Answer: KiB of each, in their order. */
export const MEASURE = `
export LC_ALL=C
cd -- "$HOME" || exit 1
xargs -0 -r sh -c '
  for path do
    du -sk -- "./$path" 2>/dev/null | { read -r kib rest || :; printf "%s\\0" "\${kib:-0}"; }
  done
' sh
`;
