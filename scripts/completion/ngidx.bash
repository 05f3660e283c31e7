# Completion of ngidx and ngidxd for bash (needs the package bash-completion). Commands and options are read from the
# program's own help, so that they are always those of the program that is installed.
_ngidx() {
    local cur prev words cword
    _init_completion || return
    local program=${words[0]} help
    case ${program##*/}:$cword in
        ngidx:1)
            COMPREPLY=($(compgen -W "$("$program" --help 2> /dev/null |
                sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p') --help --version" -- "$cur"))
            return
            ;;
        ngidx:2)
            if [ "${words[1]}" = help ]; then
                COMPREPLY=($(compgen -W "$("$program" --help 2> /dev/null |
                    sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')" -- "$cur"))
                return
            fi
            ;;
    esac
    if [ "${program##*/}" = ngidx ]; then
        help=$("$program" help "${words[1]}" 2> /dev/null)
    else
        help=$("$program" --help 2> /dev/null)
    fi
    case $cur in
        -*) COMPREPLY=($(compgen -W "$(grep -oE '^ +(-[A-Za-z0-9], )?--[a-z0-9-]+' <<< "$help" | grep -oE -- '--[a-z0-9-]+')" -- "$cur")) ;;
        *)
            _filedir
            # What may stand before the files, such as "ngidx contam diff".
            if [ "${program##*/}:$cword" = ngidx:2 ]; then
                COMPREPLY+=($(compgen -W "$(sed -n '/^Usage:/,/^$/p' <<< "$help" | grep -oE "ngidx ${words[1]} [a-z]+" | cut -d ' ' -f 3)" -- "$cur"))
            fi
            ;;
    esac
}
complete -F _ngidx ngidx ngidxd
