"use strict";
(() => {
  const overdue = document.getElementById("overdue");
  if (overdue) {
    const days = Math.floor((Date.now() - Date.parse(overdue.dataset.until + "T23:59:59")) / 86400000);
    if (days >= 0) {
      overdue.hidden = false;
      overdue.textContent = overdue.dataset.said;
    }
  }
  const source = document.getElementById("audience-data");
  if (!source) return;
  const data = JSON.parse(source.textContent);
  const slider = document.getElementById("n"), out = document.getElementById("n-out"), marker = document.getElementById("marker");
  const whole = new Intl.NumberFormat(data.say.language, { maximumFractionDigits: 0 });
  const say = (value) => whole.format(value).replace(/^-0$/, "0").replace("-", "\u2212");
  const show = () => {
    const i = Number(slider.value);
    const n = say(data.customers[i]);
    out.textContent = n;
    slider.setAttribute("aria-valuetext", data.say.customers.replace("{n}", n));
    for (const name of ["churners", "false_alarms", "cost", "profit"]) {
      const form = name === "cost" || name === "profit" ? data.say.money : "{n}";
      const range = data.say.range.replace("{low}", say(data[name + "_low"][i]));
      document.getElementById("now-" + name).textContent = form.replace("{n}", say(data[name][i]));
      document.getElementById("range-" + name).textContent = range.replace("{high}", say(data[name + "_high"][i]));
    }
    marker.setAttribute("x1", data.x[i]);
    marker.setAttribute("x2", data.x[i]);
  };
  slider.parentElement.hidden = false;
  slider.addEventListener("input", show);
  show();
})();
