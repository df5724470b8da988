// tmux' configuration in the guest: a server of our own, whatever the agent's ~/.tmux.conf says. Pure.

/** @base@ stands for the sessions' directory in memory. */
export const TMUX_CONF = `
set -g default-terminal tmux-256color
set -as terminal-features ',*:RGB:overline:strikethrough:usstyle:sync:hyperlinks'
set -g history-limit 50000
set -g mouse on
set -g focus-events on
set -s escape-time 10
set -g extended-keys on
set -g set-titles off
set -g set-clipboard external
# Nothing of a client's environment is saved: what a window needs comes from its file in memory.
set -g update-environment ''
set -g base-index 1
set -g renumber-windows on
set -g window-size latest
set -g remain-on-exit off
set -g detach-on-destroy on
set -g status-style 'fg=colour250,bg=colour236'
set -g status-left ' #{@agent_vm_workspace}  '
set -g status-left-length 60
set -g status-right ' leave: Ctrl-b d '
set-hook -g session-closed 'run-shell -b "sh @base@/closed.sh #{q:hook_session_name}"'
`;

/** Argument: the session that ended. Nobody needs its variables any more, nor its keys. */
export const CLOSED = `
base=\${0%/*}
name=$1
case $name in '' | */* | .*) exit 0 ;; esac
[ ! -e "$base/$name.place" ] || tmux -S "$base/tmux" wait-for -S "keys-$(cat "$base/$name.place")"
rm -f -- "$base/$name.env" "$base/$name.place"
`;
