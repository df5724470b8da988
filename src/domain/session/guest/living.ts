// The constant script that tells whether any session lives in the guest. Pure.
import { LIVES } from "./lives.ts";
import { word } from "./word.ts";

const BASH = `
shopt -s nullglob
${LIVES}
for place in "$HOME"/.local/state/agent-vm/sessions/*/; do
  [ ! -e "$place/end" ] && [ -f "$place/about" ] || continue
  about=()
  { mapfile -d '' -n 11 -t about <"$place/about"; } 2>/dev/null || continue
  if lives; then printf some; exit; fi
done
printf none
`;

/** Answer: "some" or "none". */
export const LIVING = `exec bash -c ${word(BASH)}`;
