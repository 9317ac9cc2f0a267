namespace LakebaseOps.Reports.Charts;

/// <summary>Every check of every table at a glance, by sign and by colour.</summary>
internal static class CheckMatrixChart
{
    private const int Width = 1040;
    private const int RowHeight = 20;

    /// <summary>Draws tables by checks.</summary>
    public static ChartPanel Draw(IReadOnlyList<TableCheck> all, TableLabels labels, IReadOnlyList<string> checks)
    {
        double left = labels.Width + 12;
        double column = Math.Min(84, (Width - left - 40) / checks.Count);
        bool slanted = checks.Any(check => TextWidth.Of(check) > column - 6);
        double head = slanted ? 14 + (checks.Max(check => TextWidth.Of(check)) * 0.62) : 26;
        int height = (int)Math.Ceiling(head) + 6 + (labels.Names.Count * RowHeight) + 4;
        SvgWriter svg = new("checks-matrix", Width, height, "Checks by table",
            $"{Quantity.Plural(all.Count, "check")}: {string.Join(", ", all.GroupBy(check => check.Status).OrderBy(group => group.Key).Select(group => $"{Quantity.Count(group.Count())} {group.Key.ToString().ToLowerInvariant()}"))}.");
        for (int at = 0; at < checks.Count; at++)
        {
            double x = left + (at * column) + (column / 2);
            svg.Text(slanted ? x - 3 : x, head - 6, checks[at], "at", slanted ? Anchor.Start : Anchor.Middle, slanted ? -38 : 0);
        }

        ILookup<(string, string), TableCheck> found = all.ToLookup(check => (check.Table, check.Check));
        for (int row = 0; row < labels.Names.Count; row++)
        {
            double y = head + 4 + (row * RowHeight);
            labels.Draw(svg, row, left - 10, y + 14);
            List<double> passed = [];
            svg.Open("r", labels.Short[row]);
            for (int at = 0; at < checks.Count; at++)
            {
                double x = left + (at * column);
                // A check that ran twice shows its last outcome, as a workflow's gate does.
                if (found[(labels.Names[row], checks[at])].LastOrDefault() is not TableCheck check)
                    continue;
                if (check.Status == CheckStatus.Passed)
                {
                    passed.Add(x);
                    continue;
                }

                Standing standing = Of(check.Status);
                string look = HtmlTable.Class(standing);
                svg.Rect(x + 1, y + 1, column - 2, RowHeight - 2, $"ck {look}", $"{check.Check} {check.Status.ToString().ToLowerInvariant()}, expected {check.Expected}, found {check.Actual}", 3);
                svg.Text(x + (column / 2), y + 14, CellText.Sign(standing), $"sgn {look}", Anchor.Middle);
            }

            // Most checks pass: their boxes are one path and their signs one text for each row.
            if (passed.Count > 0)
            {
                svg.Path(string.Concat(passed.Select(x => $"M{SvgWriter.At(x + 1)} {SvgWriter.At(y + 1)}h{SvgWriter.At(column - 2)}v{RowHeight - 2}h-{SvgWriter.At(column - 2)}z")), "ck good");
                svg.Repeat([.. passed.Select(x => x + (column / 2))], y + 14, CellText.Sign(Standing.Good), "sgn good");
            }

            svg.Close();
        }

        return svg.Finish();
    }

    /// <summary>How good an outcome is.</summary>
    public static Standing Of(CheckStatus status) => status switch
    {
        CheckStatus.Passed => Standing.Good,
        CheckStatus.Warning => Standing.Warning,
        CheckStatus.Failed => Standing.Bad,
        _ => Standing.Neutral,
    };
}
