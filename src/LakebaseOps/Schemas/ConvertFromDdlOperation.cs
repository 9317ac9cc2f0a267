using LakebaseOps.Operations;

namespace LakebaseOps.Schemas;

/// <summary>ConvertFrom-LakebaseDdl.</summary>
[Command("ConvertFrom-LakebaseDdl")]
public sealed class ConvertFromDdlOperation(ConvertFromDdlOptions options) : Operation
{
    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new OperationPlan(string.Join(", ", options.Path), "Read DDL"));

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        string schema = options.Schema ?? "public";
        IReadOnlyList<TableDefinition> tables =
        [
            .. await DdlFiles.ReadAsync(options.Path, schema, cancellationToken).ConfigureAwait(false),
            .. DdlParser.Parse(string.Join('\n', options.InputObject), null, schema).Tables,
        ];
        foreach (TableDefinition table in tables)
            await sink.EmitAsync(table, cancellationToken).ConfigureAwait(false);
    }
}
