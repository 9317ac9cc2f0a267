using LakebaseOps.Dumps.Restoring;

namespace LakebaseOps.Dumps.Placing;

/// <summary>Chooses where a restore makes what it makes.</summary>
internal static class Placements
{
    /// <summary>The placement of a request.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="id">Id of the restore.</param>
    /// <param name="steps">What is made.</param>
    public static Placement Choose(RestoreRequest request, Guid id, RestoreSteps steps)
    {
        if (request.Options.InPlace)
        {
            return new OwnPlace([.. steps.All
                .Where(one => one.Object.Kind is "TABLE" or "VIEW" or "MATERIALIZED VIEW" or "SEQUENCE" or "FOREIGN TABLE")
                .Select(one => new TableName(one.Object.Schema, one.Object.Name))]);
        }

        (string, string, IReadOnlyList<string>)[] schemas = [.. steps.Schemas.Select(schema => (schema, request.Final(schema), steps.Create(schema)))];
        return request.Present is { } present
            ? new TablePlacement(id, schemas, steps, present)
            : new SchemaPlacement(id, schemas, [.. steps.All.Where(one => one.Object.Kind == "EVENT TRIGGER").Select(one => one.Object.Name)]);
    }
}
