# agent-vm: completion for fish, as `agent-vm completion fish` prints it.

function __agent_vm_complete
    # The words come without their quotes and with nothing expanded; fish quotes what it inserts.
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l said (command agent-vm __complete fish -- $words[2..] "$current" </dev/null 2>/dev/null)
    test (count $said) -gt 1; and printf '%s\n' $said[2..]
    switch "$said[1]"
        case files
            __fish_complete_path "$current"
        case directories
            __fish_complete_directories "$current" ''
    end
end

complete -c agent-vm -f -k -a '(__agent_vm_complete)'
