// The piece of OBSERVE that tells what the carried files of a workspace are now. Pure.
import { LIST } from "./carry.ts";

/**
 * For a directory that is a workspace's top: of each listed path its SHA-256, or "gone"; nothing for what is no ordinary
 * file, or larger than any that is carried.
 */
export const CARRIED_SUMS = `
  if [ -f .git/${LIST} ] && [ ! -L .git/${LIST} ]; then
    printf '=carried\\0'
    xargs -0 -r sh -c '
      for path do
        if [ ! -e "$path" ] && [ ! -L "$path" ]; then printf "gone %s\\0" "$path"; continue; fi
        if [ -L "$path" ] || [ ! -f "$path" ] || [ "$(wc -c <"$path")" -gt 268435456 ]; then continue; fi
        sum=$(sha256sum <"$path") && printf "%s %s\\0" "\${sum%% *}" "$path"
      done
      :' sh <.git/${LIST} 2>/dev/null || :
  fi
`;
