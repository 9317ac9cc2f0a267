using LakebaseOps.Operations;

namespace LakebaseOps.Serving;

/// <summary>Refuses a workload that contradicts itself, before any table is looked at.</summary>
internal static class WorkloadChecks
{
    /// <summary>Demands that a workload makes sense.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="source">Where it comes from: a path or a name.</param>
    /// <exception cref="LakebaseException">WorkloadInvalid, InvalidName.</exception>
    public static void Demand(LakebaseWorkload workload, string source)
    {
        void Refuse(string fault, string remedy) => throw Invalid(source, fault, remedy).ToException();

        if (workload.Entities.Count == 0)
            Refuse("it has no entities", "Name at least one entity with its tables.");
        if (Repeated(workload.Entities.Select(entity => entity.Name)) is string twice)
            Refuse($"it has two entities '{twice}'", "Give each entity a name of its own.");
        if (workload.Entities.FirstOrDefault(entity => entity.Tables.Count == 0) is { } bare)
            Refuse($"its entity '{bare.Name}' has no tables", "Name the entity's tables, or leave the entity out.");
        if (Repeated(workload.Entities.SelectMany(entity => entity.Tables).Select(table => TableName.Parse(table).ToString())) is string again)
            Refuse($"it names the table {again} twice", "A table belongs to one entity.");
        if (Repeated(workload.Requests.Select(request => request.Name)) is string same)
            Refuse($"it has two kinds of requests '{same}'", "Give each kind of request a name of its own.");
        if (workload.SlaP99Ms is not null and not (> 0 and < double.PositiveInfinity))
            Refuse("its slaP99Ms is not above 0", "Write the service level in milliseconds, e.g. 25.");
        foreach (WorkloadRequest request in workload.Requests)
            Demand(workload, request, Refuse);
    }

    /// <summary>The error of a workload.</summary>
    public static LakebaseError Invalid(string source, string fault, string remedy) =>
        new(ErrorIds.WorkloadInvalid, LakebaseErrorKind.InvalidData, $"The workload '{source}' cannot be used: {fault}.")
        {
            Target = source,
            Remedy = remedy,
        };

    private static void Demand(LakebaseWorkload workload, WorkloadRequest request, Action<string, string> refuse)
    {
        string[] entities = [.. workload.Entities.Select(entity => entity.Name)];
        if (request.Weight is not (> 0 and < double.PositiveInfinity))
            refuse($"the weight of its requests '{request.Name}' is not above 0", "Weights are shares relative to one another, e.g. 8 and 2.");
        if (request.Entities.FirstOrDefault(name => !entities.Contains(name, StringComparer.OrdinalIgnoreCase)) is string stranger)
            refuse($"its requests '{request.Name}' have the entity '{stranger}', which it does not define", $"Its entities are: {string.Join(", ", entities)}.");
        foreach (string table in request.Tables)
        {
            if (!TablesOf(workload, request).Any(name => Matches(table, name)))
                refuse($"its requests '{request.Name}' read '{table}', which is none of their entities' tables", "Name tables of the request's entities; wildcards must match one.");
        }
    }

    /// <summary>The tables of a kind of request's entities.</summary>
    public static IEnumerable<string> TablesOf(LakebaseWorkload workload, WorkloadRequest request) => workload.Entities
        .Where(entity => request.Entities.Count == 0 || request.Entities.Contains(entity.Name, StringComparer.OrdinalIgnoreCase))
        .SelectMany(entity => entity.Tables);

    /// <summary>True when a table is what a name, perhaps with wildcards, asks for.</summary>
    public static bool Matches(string pattern, string table)
    {
        TableName wanted = TableName.Parse(pattern);
        TableName name = TableName.Parse(table);
        return Matches(wanted.Schema, name.Schema, Wildcard.IsPattern(wanted.Schema))
            && Matches(wanted.Name, name.Name, Wildcard.IsPattern(wanted.Name));

        static bool Matches(string pattern, string text, bool isPattern) =>
            isPattern ? Wildcard.Matches(pattern, text) : pattern == text;
    }

    private static string? Repeated(IEnumerable<string> names) => names
        .GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1)?.Key;
}
