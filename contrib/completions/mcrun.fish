# SPDX-License-Identifier: Apache-2.0
#
# Completes mcrun in fish. What may be said, mcrun's own help tells when it is asked: nothing here has to follow a new
# command or option.

# The help of a command; of none: the options before it.
function __mcrun_help --argument-names command
    if test -n "$command"
        command mcrun $command --help 2>/dev/null
    else
        command mcrun help options 2>/dev/null
    end
end

# The options of a command: name, short form, value, help, with tabs between.
function __mcrun_options --argument-names command
    __mcrun_help "$command" | awk '
        function flush() {
            if (name != "")
                printf "%s\t%s\t%s\t%s\n", name, short, value, help
            name = ""
        }
        /^  --/ {
            flush()
            left = substr($0, 3)
            help = ""
            if (match(left, /  +/)) {
                help = substr(left, RSTART + RLENGTH)
                left = substr(left, 1, RSTART - 1)
            }
            split(left, word, / /)
            name = word[1]
            sub(/,$/, "", name)
            short = word[2] ~ /^-.$/ ? word[2] : ""
            value = word[short != "" ? 3 : 2]
            next
        }
        /^   +/ && name != "" { sub(/^ +/, ""); help = help == "" ? $0 : help " " $0 }
        END { flush() }'
end

# Sets command, n_args, root and missing (the value that an option at the end wants) from the words before the cursor.
function __mcrun_look --no-scope-shadowing
    set command
    set n_args 0
    set root
    set missing
    set -l last
    for word in (commandline -opc)[2..]
        if test -n "$missing"
            test "$last" = --root; and set root --root $word
            set missing
        else if string match -q -- '--root=*' $word
            set root $word
        else if string match -q -- '-*' $word
            set last $word
            string match -q -- '*=*' $word
            or set missing (__mcrun_options "$command" | awk -F '\t' -v o=$word '$1 == o || $2 == o { print $3 }')
        else if test -z "$command"
            set command $word
        else
            set n_args (math $n_args + 1)
        end
    end
end

function __mcrun_commands
    command mcrun --help 2>/dev/null | sed -n '/^Runs OCI/,/^Options/s/^  \([a-z]*\)  *\([A-Z].*\)/\1\t\2/p'
end

function __mcrun_value --argument-names kind current
    switch $kind
        case DIR
            __fish_complete_directories $current
        case FILE SOCKET PATH
            __fish_complete_path $current
        case '*|*'
            string split '|' $kind
    end
end

function __mcrun_complete
    set -l command
    set -l n_args
    set -l root
    set -l missing
    set -l current (commandline -ct)
    __mcrun_look
    if test -n "$missing"
        __mcrun_value $missing $current
        return
    end
    if string match -q -- '-*' $current
        for line in (__mcrun_options "$command")
            set -l part (string split -- \t $line)
            if string match -q -- "$part[1]=*" $current
                for word in (__mcrun_value "$part[3]" (string replace -- "$part[1]=" '' $current))
                    echo "$part[1]=$word"
                end
            end
            printf '%s\t%s\n' $part[1] $part[4]
        end
        printf '%s\t%s\n' --help 'show help'
        return
    end
    if test -z "$command"
        __mcrun_commands
        return
    end
    set -l usage (command mcrun $command --help 2>/dev/null)[1]
    set usage (string replace -r '^Usage: mcrun [a-z]* (\[OPTION...\] )?' '' -- $usage)
    switch "$command:$n_args:$usage"
        case 'create:*' 'run:*' 'restore:*' 'explain:*'
            # a name that is not there yet
        case 'help:0:*'
            __mcrun_commands
            echo options
        case '*:0:ID*'
            command mcrun $root list --quiet 2>/dev/null
        case 'kill:1:*'
            kill -l | string split ' '
        case 'exec:1:*'
            __fish_complete_subcommand
    end
end

complete -c mcrun -f -a '(__mcrun_complete)'
