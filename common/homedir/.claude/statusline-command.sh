#!/bin/bash
# Claude Code's status line: workspace, branch, model. Reads the JSON that Claude Code gives on standard input.
input=$(cat)
field() { jq --raw-output "$1 // empty" <<< "$input" 2> /dev/null; }

directory=$(field .workspace.current_dir)
line=${directory##*/}
branch=$(git --no-optional-locks -C "${directory:-.}" branch --show-current 2> /dev/null)
[ -z "$branch" ] || line+=" ($branch)"
model=$(field .model.display_name)
[ -z "$model" ] || line+=" · $model"
printf '%s' "$line"
