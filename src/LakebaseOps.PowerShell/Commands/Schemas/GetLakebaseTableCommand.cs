using System.Management.Automation;
using LakebaseOps.Completion;
using LakebaseOps.Schemas;

namespace LakebaseOps.Commands;

/// <summary>Get-LakebaseTable: tables with columns, indexes, constraints and sizes.</summary>
[Cmdlet(VerbsCommon.Get, "LakebaseTable")]
[OutputType(typeof(TableDefinition))]
public sealed class GetLakebaseTableCommand : SessionCommand
{
    /// <summary>Tables; wildcards allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TableCompleter))]
    public string[] Table { get; set; } = [];

    /// <summary>Schema of tables named without one.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SchemaCompleter))]
    public string? Schema { get; set; }

    /// <summary>Count the rows.</summary>
    [Parameter]
    public SwitchParameter Exact { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => Guard(() =>
        Run(new GetTableOperation(OpenSession(), new GetTableOptions { Table = Table, Schema = Schema, Exact = Exact })));
}
