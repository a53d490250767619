# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Completes mcrun in bash. What may be said, mcrun's own help tells when it is asked: nothing here has to follow a
# new command or option.

# The help of a command; of none: the options before it.
_mcrun_help() {
	if [[ $1 ]]; then
		"$mcrun" "$1" --help
	else
		"$mcrun" help options
	fi 2>/dev/null
}

_mcrun_commands() {
	"$mcrun" --help 2>/dev/null | sed -n '/^Runs OCI/,/^Options/s/^  \([a-z]*\)  *[A-Z].*/\1/p'
}

# COMMAND OPTION: what the value of this option is called, or nothing when it has none.
_mcrun_value() {
	_mcrun_help "$1" | awk -v option="$2" '
		/^  --/ {
			left = substr($0, 3)
			sub(/  .*/, "", left)
			n = split(left, word, / /)
			short = word[2] ~ /^-.$/ ? word[2] : ""
			sub(/,$/, "", word[1])
			if (option == word[1] || option == short)
				print word[short ? 3 : 2]
		}'
}

# The word before the one that is completed, and the command, its first argument and how many it has so far.
_mcrun_look() {
	local i word value=
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word == "=" || ${COMP_WORDS[i - 1]} == "=" ]]; then
			[[ $word == "=" || ${COMP_WORDS[i - 2]} != --root ]] || root=(--root "$word")
		elif [[ $value ]]; then
			[[ ${COMP_WORDS[i - 1]} != --root || $command ]] || root=(--root "$word")
			value=
		elif [[ $word == -- ]]; then
			n_args=99
		elif [[ $word == -* ]]; then
			[[ ${COMP_WORDS[i + 1]} == "=" ]] || value=$(_mcrun_value "$command" "$word")
		elif [[ -z $command ]]; then
			command=$word
		else
			n_args=$((n_args + 1))
		fi
	done
}

_mcrun_words() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_mcrun_argument() {
	local args
	if [[ -z $command ]]; then
		_mcrun_words "$(_mcrun_commands)"
		return
	fi
	args=$("$mcrun" "$command" --help 2>/dev/null | sed -n '1s/^Usage: mcrun [a-z]* \(\[OPTION...\] \)\{0,1\}//p')
	case $command:$n_args:$args in
	create:* | run:* | restore:* | explain:*) ;; # a name that is not there yet
	*:0:ID*) _mcrun_words "$("$mcrun" "${root[@]}" list --quiet 2>/dev/null)" ;;
	*:1:"ID [SIGNAL]") mapfile -t COMPREPLY < <(compgen -A signal -- "$cur") ;;
	help:0:*) _mcrun_words "$(_mcrun_commands) options" ;;
	exec:1:*) mapfile -t COMPREPLY < <(compgen -c -- "$cur") ;;
	esac
}

_mcrun() {
	local mcrun=$1 cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local command='' root=() n_args=0 value

	COMPREPLY=()
	_mcrun_look
	if [[ $cur == "=" ]]; then
		cur=
	elif [[ $before == "=" ]]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	value=
	[[ $before != -* ]] || value=$(_mcrun_value "$command" "$before")
	case $value in
	DIR) mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
	FILE | SOCKET | PATH) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	*\|*) _mcrun_words "${value//|/ }" ;;
	?*) ;;
	*)
		if [[ $cur == -* ]]; then
			_mcrun_words "$(_mcrun_help "$command" | grep -oE '^  --[a-z0-9-]+' | tr -d ' ') --help"
		else
			_mcrun_argument
		fi
		;;
	esac
}

complete -o filenames -o bashdefault -F _mcrun mcrun
