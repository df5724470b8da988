// tmux' configuration in the guest: a server of our own, whatever the agent's ~/.tmux.conf says. Pure.

/** Quiet (-q): an option that this tmux does not know is no reason to show an error instead of the session. */
export const TMUX_CONF = `
set -gq default-terminal tmux-256color
set -asq terminal-features ',*:RGB:overline:strikethrough:usstyle:sync:hyperlinks:clipboard'
set -gq history-limit 50000
set -gq mouse on
set -gq focus-events on
# tmux drops a letter or key of which the rest comes later than that, as it may in a long paste over a slow line.
set -sq escape-time 50
set -sq extended-keys on
set -gq set-titles off
# Whether a copy gets further than this is the host's to say.
set -sq set-clipboard on
# Nothing of a client's environment is saved: what a window needs comes from its file in memory.
set -gq update-environment ''
set -gq base-index 1
set -gq renumber-windows on
set -gq window-size latest
set -gq remain-on-exit off
set -gq detach-on-destroy on
set -gq status-style 'fg=colour250,bg=colour236'
set -gq status-left ' #{@agent_vm_workspace}  '
set -gq status-left-length 60
set -gq status-right ' leave: Ctrl-b d '
set-hook -g session-closed 'run-shell -C "wait-for -S over-#{q:hook_session}"'
`;

/**
 * Waits for a session's end, however it ends: then nobody needs its variables any more, nor its keys. Not a hook's
 * work: a server that ends takes what its hooks run with it. Arguments: the sessions' directory in memory, tmux' name,
 * the server's pid and what tmux calls this very session.
 */
export const WARDEN = `
base=$1 name=$2 which=$3
tmux_() { tmux -S "$base/tmux" "$@" 2>/dev/null; }
while [ "$(tmux_ display-message -p -t "\${which#* }:" '#{pid} #{session_id}')" = "$which" ]; do
  tmux_ wait-for "over-\${which#* }" || sleep 0.2
done
exec 7>"$base/open.lock"
flock 7
# One of the same name was opened meanwhile, and the variables are its own.
tmux_ has-session -t "=$name" && exit
[ ! -e "$base/$name.place" ] || tmux_ wait-for -S "keys-$(cat "$base/$name.place")"
rm -f -- "$base/$name.env" "$base/$name.place"
`;
