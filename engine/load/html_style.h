// The style sheet of the page that html_report() writes: system type, tabular figures, and colours
// as variables that the dark setting replaces. Lines of charts: 1 blue, 2 amber, 3 red.
#pragma once

namespace sdmp::load {

inline constexpr char kStyle[] = R"css(
:root { color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1b2230; --soft: #5c6778; --edge: #e1e5eb;
  --grid: #e9ecf1; --band: #eef0f4; --one: #2460d8; --two: #c77700; --three: #c9352b;
  --good: #14763d; --good-wash: #e3f4e9; --bad: #b3261e; --bad-wash: #fcebe9;
  --warn: #855300; --warn-wash: #fdf3dc; }
@media (prefers-color-scheme: dark) { :root {
  --page: #12151b; --card: #1a1f28; --ink: #e6eaf1; --soft: #97a2b3; --edge: #2b323e;
  --grid: #272e39; --band: #222833; --one: #6ea2ff; --two: #f0ac3d; --three: #ff7b6e;
  --good: #6fd698; --good-wash: #16301f; --bad: #ff938a; --bad-wash: #3a1c1a;
  --warn: #f0c167; --warn-wash: #35290f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); line-height: 1.5;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  font-variant-numeric: tabular-nums; }
main { max-width: 1060px; margin: 0 auto; padding: 36px 24px 56px; }
header { margin-bottom: 24px; }
.tool { color: var(--soft); font-size: 13px; letter-spacing: .04em; }
h1 { display: flex; align-items: center; flex-wrap: wrap; gap: 12px; margin: 2px 0 4px;
  font-size: 30px; font-weight: 650; letter-spacing: -.015em; line-height: 1.2; }
.badge { font-size: 13px; font-weight: 600; letter-spacing: 0; padding: 4px 12px;
  border-radius: 99px; }
.good { color: var(--good); background: var(--good-wash); }
.bad { color: var(--bad); background: var(--bad-wash); }
.warn { color: var(--warn); background: var(--warn-wash); }
.about { color: var(--soft); margin: 0; overflow-wrap: anywhere; }
.notes { list-style: none; margin: 0 0 12px; padding: 12px 18px; border-radius: 10px;
  overflow-wrap: anywhere; }
.notes li + li { margin-top: 4px; }
.tiles { display: flex; flex-wrap: wrap; gap: 12px; margin: 0 0 12px; }
.tile, section { background: var(--card); border: 1px solid var(--edge); border-radius: 10px; }
.tile { flex: 1 1 200px; padding: 14px 18px 12px; }
.tile dt { color: var(--soft); font-size: 13px; }
.tile dd { margin: 2px 0 0; font-size: 25px; font-weight: 620; letter-spacing: -.01em;
  line-height: 1.25; white-space: nowrap; }
.tile dd small { font-size: 14px; font-weight: 500; color: var(--soft); letter-spacing: 0; }
.tile dd.below { font-size: 13px; font-weight: 400; color: var(--soft); letter-spacing: 0;
  white-space: normal; }
section { padding: 18px 20px; margin-bottom: 12px; overflow-x: auto; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(400px, 1fr)); gap: 0 12px;
  align-items: start; }
h2 { font-size: 16px; font-weight: 620; margin: 0; }
.title { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 2px 20px;
  margin-bottom: 10px; }
.legend { display: flex; gap: 16px; color: var(--soft); font-size: 13px; align-items: center; }
.legend span::before { content: ""; display: inline-block; width: 16px; height: 3px;
  border-radius: 2px; margin-right: 6px; vertical-align: 4px; background: var(--hue); }
.hue-1 { --hue: var(--one); } .hue-2 { --hue: var(--two); } .hue-3 { --hue: var(--three); }
p.small { color: var(--soft); font-size: 13px; margin: 8px 0 0; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font-size: 12px; }
.tick-y { text-anchor: end; } .tick-x { text-anchor: middle; }
.grid { stroke: var(--grid); } .base, .tick-mark { stroke: var(--soft); stroke-opacity: .55; }
.band { fill: var(--band); } svg .band-label { font-size: 11px; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.line-1 { stroke: var(--one); } .line-2 { stroke: var(--two); } .line-3 { stroke: var(--three); }
.area { stroke: none; fill-opacity: .1; } .area.line-1 { fill: var(--one); }
.dot { fill: var(--card); stroke-width: 2; }
.hover { fill: transparent; } .hover:hover { fill: var(--ink); fill-opacity: .07; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: 6px 0 6px 16px; text-align: right; vertical-align: top; white-space: nowrap; }
th { font-weight: 400; color: var(--soft); }
thead th { font-size: 13px; }
tbody tr { border-top: 1px solid var(--edge); }
th:first-child { text-align: left; padding-left: 0; white-space: normal; }
td.text { text-align: left; white-space: pre-wrap; overflow-wrap: anywhere; }
td.fault { color: var(--bad); font-weight: 600; }
code { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
@media (max-width: 560px) { main { padding: 20px 12px 32px; } .pair { display: block; }
  .tile { flex-basis: 145px; padding: 12px 14px 10px; } section { padding: 16px 14px; }
  svg { min-width: 640px; } }
@media print { body { background: none; } section, .tile { break-inside: avoid; } }
)css";

}  // namespace sdmp::load
