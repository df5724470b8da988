# Agents without permission prompts. The setting "aliases: false" on the host turns them off.
if [ -r /usr/local/share/agent-vm/aliases.sh ]; then . /usr/local/share/agent-vm/aliases.sh; fi
