using System.Text;
using LakebaseOps.Operations;
using LakebaseOps.Workflows;

namespace LakebaseOps.Reports;

/// <summary>Export-LakebaseReport.</summary>
[Command("Export-LakebaseReport", Writes = true)]
public sealed class ExportReportOperation(ExportReportOptions options) : Operation
{
    /// <inheritdoc />
    public override async Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken)
    {
        RunRecord run = await ReadAsync(cancellationToken).ConfigureAwait(false);
        return new OperationPlan(Target(), $"Write the {options.Format} report of run '{run.Id}'");
    }

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        RunRecord run = await ReadAsync(cancellationToken).ConfigureAwait(false);
        ReportDocument document = ReportBuilder.Build(run);
        List<(string Path, string Text, int Charts, int Tables)> files = options.Format switch
        {
            ReportFormat.Csv => [.. document.Tables.Select(table => (Path.Combine(Target(), table.Id + ".csv"), CsvReport.Write(table), 0, 1))],
            ReportFormat.Markdown => [(Target(), MarkdownReport.Write(document), 0, document.Tables.Count())],
            _ => [(Target(), HtmlReport.Write(document), document.Figures.Count(), document.Tables.Count())],
        };
        // All or nothing: a file in the way is found before the first is written.
        foreach ((string path, _, _, _) in files)
        {
            if (!options.Force && (File.Exists(path) || Directory.Exists(path)))
                throw ReportFault.Exists(path);
        }

        foreach ((string path, string text, int charts, int tables) in files)
        {
            byte[] written = await WriteAsync(path, text, cancellationToken).ConfigureAwait(false);
            sink.Milestone($"Report of run '{run.Id}': {path}, {Quantity.Bytes(written.Length)}");
            await sink.EmitAsync(
                new ReportFile
                {
                    Path = path,
                    Format = options.Format,
                    RunId = run.Id,
                    SizeBytes = written.Length,
                    Charts = charts,
                    Tables = tables,
                    Sha256 = Hashes.Hex(written),
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<RunRecord> ReadAsync(CancellationToken cancellationToken) => (options.Path, options.InputObject) switch
    {
        ({ Length: > 0 } path, _) => await ReportReader.ReadAsync(path, cancellationToken).ConfigureAwait(false),
        (_, RunRecord run) => ReportReader.Complete(run, run.Id),
        _ => throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, "There is nothing to report on.")
        {
            Remedy = "Give -Path with a run.json, its folder or a report, or pipe in the results of a run.",
        }.ToException(),
    };

    private string Target()
    {
        string name = options.Format switch
        {
            ReportFormat.Csv => "report-csv",
            ReportFormat.Markdown => "report.md",
            _ => "report.html",
        };
        if (string.IsNullOrEmpty(options.OutputPath))
        {
            string? source = options.Path is null ? null : Path.GetFullPath(options.Path);
            string folder = source is null ? Environment.CurrentDirectory
                : Directory.Exists(source) ? source
                : Path.GetDirectoryName(source)!;
            return Path.Combine(folder, name);
        }

        string output = Path.GetFullPath(options.OutputPath);
        if (options.Format == ReportFormat.Csv)
        {
            return !output.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) ? output : throw new LakebaseError(
                ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, $"'{output}' names a file, and CSV takes one file for each table.")
            { Target = output, Remedy = "Give a folder as -OutputPath." }.ToException();
        }

        return Directory.Exists(output) || Path.EndsInDirectorySeparator(options.OutputPath) ? Path.Combine(output, name) : output;
    }

    /// <summary>Writes beside and moves into place, then reads back what lies there: a reader never sees half a report.</summary>
    private static async Task<byte[]> WriteAsync(string path, string text, CancellationToken cancellationToken)
    {
        string draft = path + ".new";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(draft, text, new UTF8Encoding(false), cancellationToken).ConfigureAwait(false);
            File.Move(draft, path, overwrite: true);
            return await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw ReportFault.NotWritable(path, exception);
        }
        finally
        {
            try
            {
                File.Delete(draft);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The failure that matters is the one above.
            }
        }
    }
}
