using System.Management.Automation;

namespace LakebaseOps.Commands;

/// <summary>Base of cmdlets that work on the folders of dumps.</summary>
public abstract class DumpsCommand : LakebaseCommand
{
    private readonly List<string> _folders = [];

    /// <summary>Folders of dumps; wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = "Path")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Folders of dumps by their exact path.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <inheritdoc />
    protected override void ProcessRecord() => Guard(() =>
    {
        _folders.AddRange(ParameterSetName == "Path" ? DumpPaths.Resolve(this, Path) : DumpPaths.Literal(this, LiteralPath));
    });

    /// <inheritdoc />
    protected override void EndProcessing() => Work([.. _folders.Distinct(StringComparer.Ordinal)]);

    /// <summary>Works on the folders gathered.</summary>
    private protected abstract void Work(IReadOnlyList<string> folders);
}
