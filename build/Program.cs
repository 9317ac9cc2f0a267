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
return await root.Parse(args).InvokeAsync();
