import Testing

@Suite("Completion scripts")
struct CompletionTests {
  @Test("hold commands, options and names", arguments: ["bash", "zsh", "fish"])
  func script(shell: String) throws {
    let program = try Program()
    defer { program.cleanUp() }
    let outcome = try program(["--generate-completion-script", shell])
    #expect(outcome.status == 0 && outcome.messages.isEmpty)
    for word in ["doctor", "energy-calls", "many-well", "trajectory-balance", "gfn-diffusion"] {
      #expect(outcome.output.contains(word), "\(word) is missing")
    }
  }

  @Test("complete what is typed in bash")
  func bash() throws {
    let program = try Program()
    defer { program.cleanUp() }
    try program.write(
      """
      eval "$("$TIGHTROPE" --generate-completion-script bash)"
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
      _tightrope "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
      printf '%s\\n' "${COMPREPLY[@]}"
      """, to: "complete.sh")
    func completions(_ words: String) throws -> [Substring] {
      try program.shell("bash complete.sh \(words)").output.split(separator: "\n")
    }
    #expect(try completions("tightrope doc") == ["doctor"])
    #expect(try completions("tightrope train many").contains("many-well"))
    #expect(try completions("tightrope train 25gmm --objective path") == ["path-kl"])
  }
}
