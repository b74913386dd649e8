"""How the pages of the practice archive look: one sheet, light and dark, no pictures from elsewhere."""

from __future__ import annotations

STYLE = """
:root{--paper:#f6f7f9;--card:#fff;--ink:#1b2330;--soft:#5a6678;--line:#dfe4ea;--brand:#0b6e6e;--tint:#e3f2f1;
--note:#7a4b00;--note-back:#fff3d9;--note-line:#f0cf8d;--ok:#1b6b3a;--ok-back:#e0f3e6;--wait:#5b4a9c;--wait-back:#ebe7fa;
--bad:#9c2222;--bad-back:#fbe5e5;--shadow:0 1px 2px rgba(20,30,45,.06),0 4px 16px rgba(20,30,45,.05)}
@media (prefers-color-scheme:dark){:root{--paper:#12161c;--card:#1a2029;--ink:#e6eaf0;--soft:#9aa7b8;--line:#2c3542;
--brand:#5cc8c3;--tint:#17312f;--note:#ffd98a;--note-back:#332810;--note-line:#5e4a1c;--ok:#86d8a4;--ok-back:#163222;
--wait:#c0b3f5;--wait-back:#272143;--bad:#f3a3a3;--bad-back:#3d1a1a;--shadow:none}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,
"Noto Sans",sans-serif;overflow-wrap:anywhere}
a{color:var(--brand);text-underline-offset:.15em}
a:focus-visible,summary:focus-visible{outline:3px solid var(--brand);outline-offset:2px;border-radius:4px}
.notice{background:var(--note-back);color:var(--note);border-bottom:1px solid var(--note-line);padding:.7rem 1.25rem;
text-align:center;font-weight:600}
.notice span{font-weight:400}
main,header.top{max-width:72rem;margin:0 auto;padding:0 1.25rem}
header.top{display:flex;align-items:center;gap:.7rem;padding-top:1.25rem;color:var(--soft)}
header.top a{color:inherit;text-decoration:none;font-weight:600}
main{padding-bottom:4rem}
.shelf{margin-top:1.6rem}
h1{font-size:clamp(1.5rem,3.4vw,2.15rem);line-height:1.2;margin:.4rem 0 .6rem;letter-spacing:-.01em}
h2{font-size:1.15rem;margin:2.4rem 0 .8rem}
h3{font-size:1rem;margin:0 0 .5rem}
.lead{color:var(--soft);margin:.2rem 0;max-width:60rem}
.prose{max-width:56rem;white-space:pre-line}
.row{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}
.badge{display:inline-block;border-radius:99px;padding:.15rem .7rem;font-size:.85rem;font-weight:600;
background:var(--tint);color:var(--brand)}
.badge.public,.badge.accepted{background:var(--ok-back);color:var(--ok)}
.badge.sent,.badge.draft{background:var(--wait-back);color:var(--wait)}
.badge.failed{background:var(--bad-back);color:var(--bad)}
.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.82em}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem;margin:1.4rem 0}
.fact{background:var(--card);border:1px solid var(--line);border-radius:12px;
padding:.8rem 1rem;box-shadow:var(--shadow)}
.fact b{display:block;font-size:1.25rem;font-variant-numeric:tabular-nums}
.fact span{color:var(--soft);font-size:.85rem}
.gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:.9rem}
figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:12px;overflow:hidden;
box-shadow:var(--shadow)}
figure img{display:block;width:100%;aspect-ratio:1;object-fit:contain;background:#07090c}
figcaption{padding:.5rem .7rem;font-size:.82rem;color:var(--soft)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:.9rem;align-items:start}
.shelf{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,20rem),1fr));gap:1rem;align-items:stretch}
.shelf .card{padding:0;overflow:hidden}
.shelf .text{padding:.9rem 1.1rem 1rem}
.shelf p{margin:.2rem 0}
.shelf h3{margin:.5rem 0 .3rem;line-height:1.35}
.cover{display:block;width:100%;height:11rem;object-fit:cover;background:#07090c}
.cover.none{background:linear-gradient(135deg,var(--tint),var(--paper))}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;
padding:1rem 1.1rem;box-shadow:var(--shadow)}
.card .kind{color:var(--soft);font-size:.8rem;text-transform:uppercase;letter-spacing:.05em}
a.card{display:block;color:inherit;text-decoration:none}
a.card:hover{border-color:var(--brand)}
dl{display:grid;grid-template-columns:minmax(7rem,max-content) 1fr;gap:.3rem .9rem;margin:.3rem 0 0;font-size:.93rem}
dt{color:var(--soft)}dd{margin:0}
@media (max-width:34rem){dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}}
.term{display:inline-block;border:1px solid var(--line);border-radius:6px;padding:0 .4rem;margin-left:.35rem;
font-size:.78rem;color:var(--soft)}
.table{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:12px;box-shadow:var(--shadow)}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:left;padding:.5rem .9rem;border-bottom:1px solid var(--line);vertical-align:top}
tr:last-child td{border-bottom:0}
th{color:var(--soft);font-weight:600;white-space:nowrap}
td.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
td.mono{color:var(--soft);min-width:18rem}
nav.pages{display:flex;gap:1rem;align-items:center;margin:.9rem 0;color:var(--soft)}
ul.plain{padding-left:1.2rem;margin:.3rem 0}
.empty{border:2px dashed var(--line);border-radius:14px;padding:3rem 1.5rem;text-align:center;color:var(--soft)}
footer{max-width:72rem;margin:0 auto;padding:0 1.25rem 2rem;color:var(--soft);font-size:.85rem}
@media print{.notice{position:static}figure,.card,.fact{break-inside:avoid}}
""".replace("\n", "")
