/// One HTML page that needs nothing else: no network, no scripts.
///
/// It follows the reader's choice of a light or dark screen, and its charts take their colours from the page.
struct Page {
  /// What the window is called.
  let title: String
  /// Headings and what stands below them, markup already.
  var sections: [(heading: String, content: String)] = []

  /// The whole text.
  var text: String {
    let body = sections.map { section in
      element(
        "section", [:], element("h2", [:], escaped(section.heading)) + "\n" + section.content)
    }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(escaped(title))</title>
      <style>
      \(Page.style)
      </style>
      </head>
      <body>
      <main>
      \(element("h1", [:], escaped(title)))
      \(body.joined(separator: "\n"))
      </main>
      </body>
      </html>

      """
  }

  private static let style = """
    :root { --ink: #1d2230; --dim: #5d6576; --paper: #ffffff; --line: #d5d9e2; --shade: #f3f5f9;
      --first: #1f5fbf; --second: #b4520a; --ok: #1a7f37; --warn: #8a5a00; --fail: #c02a2a; }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #e6e9f0; --dim: #a2abbd; --paper: #14171f; --line: #39404f; --shade: #1e2330;
        --first: #7fb2ff; --second: #ffab66; --ok: #57c978; --warn: #e3b341; --fail: #ff8080; }
    }
    body { margin: 0; background: var(--paper); color: var(--ink);
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
    main { max-width: 1040px; margin: 0 auto; padding: 24px; }
    h1 { font-size: 26px; margin: 8px 0 4px; } h2 { font-size: 19px; margin: 32px 0 8px; }
    p { margin: 6px 0; } .dim { color: var(--dim); }
    .wide { overflow-x: auto; } table { border-collapse: collapse; font-size: 14px; }
    th, td { padding: 4px 12px 4px 0; text-align: left; vertical-align: top;
      border-bottom: 1px solid var(--line); }
    th { color: var(--dim); font-weight: 600; } .number { text-align: right; white-space: nowrap; }
    .ok, .warn, .fail { font-weight: 600; white-space: nowrap; }
    .ok { color: var(--ok); } .warn { color: var(--warn); } .fail { color: var(--fail); }
    .charts { display: flex; flex-wrap: wrap; gap: 16px; } figure { margin: 0; }
    figcaption { font-size: 13px; color: var(--dim); max-width: 460px; }
    svg { display: block; max-width: 100%; height: auto; background: var(--shade); }
    svg text { fill: var(--dim); font: 11px system-ui, sans-serif; }
    .axis { stroke: var(--line); fill: none; } .grid { stroke: var(--line); stroke-width: 0.5; }
    .first { stroke: var(--first); fill: none; stroke-width: 1.5; }
    .second { stroke: var(--second); fill: none; stroke-width: 1.5; }
    .first-area { fill: var(--first); fill-opacity: 0.45; stroke: none; }
    .first-dot { fill: var(--first); fill-opacity: 0.5; stroke: none; }
    .second-dot { fill: var(--second); fill-opacity: 0.5; stroke: none; }
    code, .code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere; }
    td code { overflow-wrap: normal; }
    """
}
