Console.Error.WriteLine("LakebaseOps.Runner run FILE --output DIR");
return 2;
