#compdef agent-vm
# agent-vm: completion for zsh, as `agent-vm completion zsh` prints it.

_agent-vm() {
  emulate -L zsh
  local line way= value
  local -a values descriptions shown
  local -i wide=0
  # Quotes are taken off, nothing is expanded; compadd quotes what it inserts.
  while IFS= read -r line; do
    if [[ -z $way ]]; then
      way=$line
      continue
    fi
    value=${line%%$'\t'*}
    values+=("$value")
    descriptions+=("${${line#"$value"}#$'\t'}")
    (( ${(m)#value} > wide )) && wide=${(m)#value}
  done < <(command agent-vm __complete zsh -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" </dev/null 2>/dev/null)
  [[ $PREFIX == --*=* ]] && compset -P '*='
  local -i at
  for (( at = 1; at <= $#values; at++ )); do
    if [[ -n ${descriptions[at]} ]]; then
      shown+=("${(mr:wide:)values[at]}  ${descriptions[at]}")
    else
      shown+=("${values[at]}")
    fi
  done
  local -a one
  (( ${#${(M)descriptions:#?*}} > 0 )) && one=(-l)
  case $way in
    files) compadd -S '' -d shown -a values; _files ;;
    directories) _files -/ ;;
    nospace) compadd $one -S '' -V agent-vm -d shown -a values ;;
    *) compadd $one -V agent-vm -d shown -a values ;;
  esac
}

if [[ $funcstack[1] == _agent-vm ]]; then
  _agent-vm "$@"
else
  compdef _agent-vm agent-vm
fi
