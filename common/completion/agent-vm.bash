# agent-vm: completion for bash, as `agent-vm completion bash` prints it.
# shellcheck shell=bash

_agent_vm() {
  local line way=
  COMPREPLY=()
  # The line goes as it was typed; what comes back is written so that bash takes it literally. Nothing is evaluated.
  while IFS= read -r line; do
    if [[ -z $way ]]; then
      way=$line
    else
      COMPREPLY+=("$line")
    fi
  done < <(command agent-vm __complete bash -- "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" </dev/null 2>/dev/null)
  case $way in
    files) compopt -o bashdefault -o default -o nospace 2>/dev/null ;;
    directories) compopt -o dirnames 2>/dev/null ;;
    nospace) compopt -o nospace 2>/dev/null ;;
  esac
  return 0
}

complete -F _agent_vm agent-vm
