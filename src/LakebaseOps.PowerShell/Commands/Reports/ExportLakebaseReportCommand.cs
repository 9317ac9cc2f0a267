using System.Management.Automation;
using LakebaseOps.Reports;

namespace LakebaseOps.Commands;

/// <summary>Export-LakebaseReport: one self-contained page, Markdown or CSV from a run.</summary>
[Cmdlet(VerbsData.Export, "LakebaseReport", SupportsShouldProcess = true, DefaultParameterSetName = "Path")]
[OutputType(typeof(ReportFile))]
public sealed class ExportLakebaseReportCommand : LakebaseCommand
{
    private readonly List<object> _results = [];
    private string? _path;

    /// <summary>A run.json, the folder that holds one, or an exported HTML report.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>A run, results of commands, or files of runs, from the pipeline.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "InputObject")]
    public PSObject[] InputObject { get; set; } = [];

    /// <summary>File or folder to write.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? OutputPath { get; set; }

    /// <summary>Html, Markdown or Csv.</summary>
    [Parameter]
    public ReportFormat Format { get; set; } = ReportFormat.Html;

    /// <summary>Replace files that exist.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => Guard(() =>
    {
        if (ParameterSetName == "Path")
            _path = GetUnresolvedProviderPathFromPSPath(Path);
        foreach (object item in InputObject.Select(input => input.BaseObject))
        {
            string? file = RunInput.PathOf(this, item);
            _results.Add(file is null ? item : Await(stop => ReportReader.ReadAsync(file, stop)));
            // One file alone decides where the report goes when no -OutputPath does.
            _path = file is not null && _results.Count == 1 ? file : null;
        }
    });

    /// <inheritdoc />
    protected override void EndProcessing() => Guard(() =>
    {
        if (_path is null && _results.Count == 0)
            return;
        string? output = OutputPath is null ? null : GetUnresolvedProviderPathFromPSPath(OutputPath);
        // The engine knows the process's folder only; a bare call means PowerShell's own location.
        output ??= _path is null ? GetUnresolvedProviderPathFromPSPath(".") + System.IO.Path.DirectorySeparatorChar : null;
        Run(
            new ExportReportOperation(new ExportReportOptions
            {
                Path = _path,
                InputObject = _path is null ? RunInput.Assemble(_results) : null,
                OutputPath = output,
                Format = Format,
                Force = Force,
            }),
            asks: true);
    });
}
