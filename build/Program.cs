using System.CommandLine;
using LakebaseOps.Build;
using LakebaseOps.Build.Packaging;

RootCommand root = new("Builds, demonstrates, tests, packages and benchmarks LakebaseOps.")
{
    DemoTarget.Command(),
    TestTarget.Command(),
    BenchTarget.Command(),
    ModuleTarget.Command(),
    PostgresTarget.Command(),
    PackageTarget.Command(),
};
try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (InvalidOperationException missing)
{
    // What this machine lacks, in one sentence.
    await Console.Error.WriteLineAsync(missing.Message);
    return 1;
}
catch (OperationCanceledException)
{
    return 130;
}
