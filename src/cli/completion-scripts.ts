/**
 * What each shell is told, once: it asks `complete -- WORDS` itself from then on. They need nothing but the shell, and
 * what stands on the line is only ever handed on as words: nothing of it is run because somebody pressed TAB.
 */
export const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `# source <(netwright complete bash)
_netwright() {
  local line=\${COMP_LINE:0:COMP_POINT} words cur done value name=
  read -ra words <<<"$line"
  case $line in *[[:space:]]) words+=('') ;; esac
  cur=\${words[\${#words[@]} - 1]}
  # What bash takes for the end of a word is no longer its to replace.
  done=\${cur%"\${cur##*[$COMP_WORDBREAKS]}"}
  words=("\${words[@]:1}")
  case $1 in *-playbook) words=(run "\${words[@]}") ;; esac
  COMPREPLY=()
  # The value of --name=value is told without its name.
  case $cur in --*=*) name=\${cur%%=*}= ;; esac
  while IFS=$'\\t' read -r value _; do
    case $value in
      :[0-9]) continue ;;
      --*) ;;
      *) value=$name$value ;;
    esac
    case $value in "$cur"*) COMPREPLY+=("\${value#"$done"}") ;; esac
  done < <(netwright complete -- "\${words[@]}" 2>/dev/null </dev/null)
  case \${#COMPREPLY[@]}\${COMPREPLY[0]-} in 1*/) compopt -o nospace ;; esac
}
complete -o default -F _netwright netwright netwright-playbook`,

  zsh: `#compdef netwright netwright-playbook
# source <(netwright complete zsh)
_netwright() {
  local line
  local -a asked folders others
  asked=("\${(@Q)words[2,CURRENT]}")
  [[ $service != *-playbook ]] || asked=(run "\${(@)asked}")
  for line in "\${(@f)$(netwright complete -- "\${(@)asked}" 2>/dev/null </dev/null)}"; do
    line=\${\${line//:/\\\\:}/$'\\t'/:}
    case $line in
      '' | \\\\:[0-9]) ;;
      */ | */:) folders+=("\${line%:}") ;;
      *) others+=("\${line%:}") ;;
    esac
  done
  # The value of --name=value is told without its name.
  [[ $words[CURRENT] != --*=* ]] || compset -P 1 '*='
  (( $#folders + $#others )) || { _files; return }
  (( ! $#folders )) || _describe netwright folders -S ''
  (( ! $#others )) || _describe netwright others
}
if [[ $funcstack[1] == _netwright ]]; then
  _netwright "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _netwright netwright netwright-playbook
fi`,

  fish: `# netwright complete fish | source
function __netwright
    set -l words (commandline -opc)
    set -l last (commandline -ct)
    string match -q -- '*-playbook' $words[1]; and set words $words[1] run $words[2..-1]
    set -l found (netwright complete -- $words[2..-1] "$last" 2>/dev/null </dev/null | string match -rv '^:\\d$')
    # The value of --name=value is told without its name.
    set -l name (string match -r -- '^--[^=]+=' "$last"; or echo)
    if set -q found[1]
        printf '%s\\n' $name$found
    else
        __fish_complete_path "$last"
    end
end
complete -c netwright -f -a '(__netwright)'
complete -c netwright-playbook -f -a '(__netwright)'`,
};
