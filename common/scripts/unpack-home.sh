#!/bin/bash
# Unpacks the agent's home, as the agent: an archive on standard input, each file by one rename. A file that was
# changed since it was put there stays, and the new one comes beside it as NAME.agent-vm-new.
# Argument: paths, one a line, of files that are put there when they are missing and left alone else.
set -euo pipefail
umask 022
create_only=$1
state=$HOME/.local/state/agent-vm
new=$state/home.new
mkdir -p -- "$state"
rm -rf -- "$new"
mkdir -m 0700 -- "$new"
trap 'rm -rf -- "$new"' EXIT
tar --extract --touch --no-same-owner --directory="$new"
# The last file of the archive, and what vouches for the others.
manifest=$new/.agent-vm-home
[ -f "$manifest" ]
(cd -- "$new" && sha256sum --check --strict --quiet .agent-vm-home)

sum_of() { sha256sum < "$1" | cut -d ' ' -f 1; }
declare -A before=() still=()
if [ -f "$state/home" ]; then
  while read -r sum path; do [ -z "$path" ] || before[$path]=$sum; done < "$state/home"
fi

# git's part of ours is read before the user's own, once; the identity that stood for a missing one gives way.
if [ -z "${before[.config/agent-vm/gitconfig]:-}" ] && [ -f "$HOME/.gitconfig" ]; then
  if [ "$(git config --global --get user.email || true)" = agent@agent-vm.invalid ]; then
    git config --global --unset-all user.email
    git config --global --unset-all user.name || true
  fi
  if ! grep -qF -- .config/agent-vm/gitconfig "$HOME/.gitconfig"; then
    cat -- "$new/.gitconfig" "$HOME/.gitconfig" > "$state/gitconfig.new"
    mv -- "$state/gitconfig.new" "$HOME/.gitconfig"
  fi
fi

note() { printf 'note: %s\n' "$*"; }
# put PATH: each file comes by one rename.
put() {
  local target=$HOME/$1
  mkdir -p -- "${target%/*}" 2> /dev/null && mv -fT -- "$new/$1" "$target" && return 0
  note "$1 could not be put into the agent's home: a file or a link is where its directory belongs."
}
while read -r sum path; do
  target=$HOME/$path was=${before[$path]:-}
  still[$path]=1
  if [ ! -e "$target" ] && [ ! -L "$target" ]; then
    put "$path"
  elif [ -L "$target" ] || [ ! -f "$target" ]; then
    [ "$was" = "$sum" ] || note "$path in the agent's home is no plain file any more and stays as it is."
  else
    is=$(sum_of "$target")
    if [ "$is" = "$sum" ]; then
      chmod --reference="$new/$path" -- "$target"
    elif [ "$is" = "$was" ]; then
      put "$path"
    elif [ "$was" != "$sum" ] && ! grep -qxF -- "$path" <<< "$create_only"; then
      mv -fT -- "$new/$path" "$target.agent-vm-new"
      note "$path in the agent's home was changed there and stays; the new one is beside it: $path.agent-vm-new"
    fi
  fi
done < "$manifest"
# What we put earlier and no longer have goes, unless it was changed.
for path in "${!before[@]}"; do
  target=$HOME/$path
  [ -z "${still[$path]:-}" ] || continue
  if [ -f "$target" ] && [ ! -L "$target" ] && [ "$(sum_of "$target")" = "${before[$path]}" ]; then rm -f -- "$target"; fi
done
mv -fT -- "$manifest" "$state/home"
